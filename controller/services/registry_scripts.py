"""The registry's moves in Lua, each one step.

What is stored is compared first, and `keep_record()` (see `audit_log`) comes before the first write.
"""

from __future__ import annotations

_READ = """
local function is_same(stored, revision, state, public_key)
  local found = cjson.decode(stored)
  return found.revision == tonumber(revision) and found.state == state and found.public_key == public_key
end
local function count(registry, state, except)
  local found = 0
  local all = redis.call('HGETALL', registry)
  for i = 1, #all, 2 do
    if all[i] ~= except and not string.find(all[i], ':') and cjson.decode(all[i + 1]).state == state then found = found + 1 end
  end
  return found
end
"""

REPLACE = (
    _READ
    + """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 'unknown' end
if not is_same(stored, ARGV[2], ARGV[3], ARGV[4]) then return 'changed' end
local stays = KEYS[1] == KEYS[2]
local had_place = ARGV[3] == 'approved' and stays
local wants_place = cjson.decode(ARGV[5]).state == 'approved' and not had_place
if (wants_place or not stays) and redis.call('HEXISTS', KEYS[4], ARGV[6]) == 0 then return 'no_session' end
if wants_place and count(KEYS[2], 'approved', ARGV[1]) >= tonumber(ARGV[7]) then return 'session_full' end
keep_record()
if not stays then redis.call('HDEL', KEYS[1], ARGV[1], ARGV[1] .. ':telemetry') end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[6])
return 'done'
"""
)
"""KEYS: registry before, registry after, index, sessions.
ARGV: id, revision, state, key; record after; session after; max approved."""

SUCCEED = (
    _READ
    + """
local stored, old = redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[5])
if not stored or not old then return 'unknown' end
if not is_same(stored, ARGV[2], ARGV[3], ARGV[4]) or not is_same(old, ARGV[6], ARGV[7], ARGV[8]) then return 'changed' end
keep_record()
if KEYS[1] ~= KEYS[2] then redis.call('HDEL', KEYS[1], ARGV[1], ARGV[1] .. ':telemetry') end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[9], ARGV[5], ARGV[10])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[11])
return 'done'
"""
)
"""KEYS: registry before, registry of the old display, index.
ARGV: id, revision, state, key of the new and of the old display; both records after; session of the old display."""

ARRIVE = (
    _READ
    + """
local stored = redis.call('HGET', KEYS[4], ARGV[1])
local revision = stored and cjson.decode(stored).revision or 0
if revision ~= tonumber(ARGV[2]) then return 'changed' end
if redis.call('HEXISTS', KEYS[5], ARGV[7]) == 0 then return 'no_session' end
local function leave(silent)
  local found = redis.call('HGET', KEYS[1], silent)
  if not found or not is_same(found, ARGV[12], 'pending', ARGV[13]) then return false end
  redis.call('HDEL', KEYS[1], silent, silent .. ':telemetry')
  redis.call('HDEL', KEYS[2], silent)
  return true
end
local function may_wait()
  return stored or count(KEYS[1], 'pending', ARGV[1]) < tonumber(ARGV[9]) or (ARGV[11] ~= '' and leave(ARGV[11]))
end
local function store(record)
  if KEYS[1] ~= KEYS[4] then redis.call('HDEL', KEYS[4], ARGV[1], ARGV[1] .. ':telemetry') end
  redis.call('HSET', KEYS[1], ARGV[1], record)
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[7])
end
local function let_wait(record, answer)
  if not may_wait() then return 'registry_full' end
  store(record)
  return answer
end
if ARGV[6] == 'yes' then
  local key = redis.call('HMGET', KEYS[3], 'uses', 'max_uses', 'expires_at', 'revoked')
  local good = key[1] and tonumber(key[1]) < tonumber(key[2]) and tonumber(key[3]) > tonumber(ARGV[10]) and key[4] == '0'
  if not good then return let_wait(ARGV[5], 'key_refused') end
end
if cjson.decode(ARGV[3]).state ~= 'approved' then return let_wait(ARGV[3], 'stored') end
if count(KEYS[1], 'approved', ARGV[1]) >= tonumber(ARGV[8]) then return let_wait(ARGV[4], 'session_full') end
keep_record()
store(ARGV[3])
if ARGV[6] == 'yes' then redis.call('HINCRBY', KEYS[3], 'uses', 1) end
return 'stored'
"""
)
"""KEYS: registry, index, enrolment key, registry before, sessions.
ARGV: id, revision before; records if admitted, if full, if the key is refused; whether there is a key; session; max approved;
max pending; now in seconds; id, revision, key of who gives way."""
