"""Which passwords are refused: too short, too long, or among those that are tried first. No rules of composition.

Sources: OWASP ASVS 6.2.1 (length), 6.2.4 (common ones), 6.2.5 (no composition rules), 6.2.9 (at least 64 permitted), 6.2.11
(words of the context).
"""

from __future__ import annotations

SHORTEST = 12
LONGEST = 128

_COMMON_WORDS = """
000000000000 111111111111 123123123123 123456123456 123456654321 123456789000 123456789012 1234567890123 12345678901234
123456789012345 1234567890123456 123456789abc 0123456789abcdef 0987654321098 1234567890qwerty 1q2w3e4r5t6y 1q2w3e4r5t6y7u
1qaz2wsx3edc 1qaz2wsx3edc4rfv 222222222222 666666666666 777777777777 888888888888 999999999999 a1b2c3d4e5f6 aaaaaaaaaaaa
abc123abc123 abcd1234abcd abcd12345678 abcdefghijkl abcdefghijklm adminadmin12 adminadminadmin administrator administrator1
administrator123 asdfasdfasdf asdfghjkl123 asdfghjklasdfghjkl basketball12 changeme1234 changemenow12 charlie12345
chocolate123 computer1234 correcthorsebatterystaple dragon123456 football1234 forgetmenot1 ihateyou1234 iloveyou1234
iloveyou12345 iloveyouforever iloveyousomuch letmein12345 letmein123456 letmeinletmein letmeinplease liverpool123
livekitlivekit marqueemarquee marquee12345 marquee123456 master123456 michael12345 monkey123456 mypassword12 mypassword123
p4ssw0rd1234 p@ssw0rd1234 passw0rd1234 passw0rdpassw0rd password0000 password1111 password1234 password12345 password123456
password123456789 password123! password1234! passwordpassword princess1234 q1w2e3r4t5y6 qazwsxedcrfv qazwsxedc123 qwerqwerqwer
qwerty123456 qwerty12345678 qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop1234567890 qwertyuiopasdf qwertyuiopasdfghjkl
screenscreen secret123456 secretsecret starwars1234 sunshine1234 superman1234 testtesttest testing12345 trustno1trustno1
unbelievable1 welcome12345 welcome123456 welcome2024! welcome2025! welcome2026! welcomewelcome whatever1234 zaq12wsxcde3
zxcvbnm12345 zxcvbnmzxcvbnm
"""

COMMON = frozenset(_COMMON_WORDS.split())
"""The long ones among the most common passwords, and what stands nearest here. Shorter ones are too short anyway."""


def fault_of(password: str, name: str) -> str | None:
    """Why this password cannot be the one of the account `name`; None when it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    bare = "".join(password.split()).casefold()
    if bare in COMMON or bare == "".join(name.split()).casefold():
        return "this password is among the first that are tried; choose another, for example four words of your own"
    return None
