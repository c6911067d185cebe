// The media server as its SDK shows it to a page, for scripts that run where there is no browser. Real rooms are for the browser tests.

import { EventEmitter } from "node:events";

import { ConnectionError, ConnectionErrorReason, ConnectionState, DisconnectReason, ParticipantEvent, RoomEvent, Track } from "livekit-client";

import { example } from "./examples.mjs";
import { pretend } from "./page_globals.mjs";

export class FakeRoom extends EventEmitter {
  state = ConnectionState.Disconnected;
  remoteParticipants = new Map();
  /** What was published as data. @type {object[]} */
  told = [];
  serverInfo = { version: "1.13.5" };
  localParticipant = Object.assign(new EventEmitter(), {
    publishTrack: async (capture) => publish(this, capture),
    permissions: undefined,
    publishData: async (bytes, options) => void this.told.push({ options, ...JSON.parse(new TextDecoder().decode(bytes)) }),
  });

  /** What the sender's statistics say. @returns {RTCStatsReport | undefined} */
  sent = () => undefined;

  async connect() {
    this.state = ConnectionState.Connected;
    this.emit(RoomEvent.SignalConnected);
  }

  async disconnect() {
    this.state = ConnectionState.Disconnected;
  }
}

/**
 * The global that the vendored script leaves in a page.
 * @param {import("node:test").TestContext} context takes it away
 * @param {(room: FakeRoom) => void} [furnish] each room before it is joined
 * @returns {FakeRoom[]} the rooms made, the last one last
 */
export function useLivekit(context, furnish = () => {}) {
  const rooms = [];
  class Room extends FakeRoom {
    constructor() {
      super();
      rooms.push(this);
      furnish(this);
    }
  }
  answerKnocks();
  globalThis.MediaStream ??= class {};
  globalThis.LivekitClient = { Room, RoomEvent, ParticipantEvent, ConnectionErrorReason, ConnectionState, DisconnectReason, Track };
  context.after(() => delete globalThis.LivekitClient);
  return rooms;
}

/** Answer the pages' knocks, from now on: a media server that may be away, and counts. */
export function answerKnocks() {
  const sfu = { isAway: false, knocks: 0 };
  pretend(new URL(example("room_token").sfu_url).hostname, () => {
    sfu.knocks++;
    if (sfu.isAway) throw new TypeError("Failed to fetch");
    return new Response("success");
  });
  return sfu;
}

/** A presenter's screen as a display gets it. @param {() => object[]} stats */
export function remoteScreen(stats = () => []) {
  const getRTCStatsReport = async () => new Map(stats().map((entry, place) => [String(place), entry]));
  return { receiver: {}, mediaStreamTrack: {}, getRTCStatsReport };
}

/**
 * Put somebody into a room.
 * @param {FakeRoom} room @param {string} identity @param {object} [track] their screen
 * @returns {object} its publication
 */
export function enter(room, identity, track) {
  const publication = track && {
    track,
    wishes: [],
    /** How much of the track was asked for last. */
    asked: { isEnabled: true, fps: /** @type {number | undefined} */ (undefined) },
    setEnabled: (isEnabled) => void (publication.asked.isEnabled = isEnabled),
    setVideoFPS: (fps) => void (publication.asked.fps = fps),
    setSubscribed: (isWanted) => {
      publication.wishes.push(isWanted);
      publication.track = isWanted ? track : undefined;
      room.emit(isWanted ? RoomEvent.TrackSubscribed : RoomEvent.TrackUnsubscribed, track);
    },
  };
  room.remoteParticipants.set(identity, { identity, getTrackPublication: () => publication });
  return publication;
}

/** Somebody's beat arrives. @param {FakeRoom} room @param {string} identity @param {object} beat */
export function hearBeat(room, identity, beat) {
  room.emit(RoomEvent.DataReceived, new TextEncoder().encode(JSON.stringify(beat)), { identity }, 1, "beat");
}

/**
 * Publish a screen, as the SDK also does by itself after its own reconnection.
 * @param {FakeRoom} room @param {{contentHint?: string}} [capture]
 */
export function publish(room, capture = {}) {
  capture.contentHint = "motion";
  room.localParticipant.emit(ParticipantEvent.LocalSenderCreated);
  const parameters = { encodings: [{ maxBitrate: 4_000_000, maxFramerate: 15 }] };
  const sender = { getStats: async () => room.sent(), getParameters: () => structuredClone(parameters), setParameters: async (wanted) => void Object.assign(parameters, wanted) };
  room.emit(RoomEvent.LocalTrackPublished, { track: { sender } });
}

/**
 * Let a room's tries to connect fail as the SDK does: it says first that it is disconnected, and then throws why.
 * @param {FakeRoom} room @param {ConnectionError} error
 */
export function failToConnect(room, error) {
  const isRefused = error.reason === ConnectionErrorReason.NotAllowed;
  room.connect = async () => {
    room.emit(RoomEvent.Disconnected, isRefused ? DisconnectReason.USER_REJECTED : DisconnectReason.JOIN_FAILURE);
    throw error;
  };
}

/** What connect() throws when the SFU answers no. */
export const refusedBySfu = () => ConnectionError.notAllowed("the requested room does not exist", 404);

/** What connect() throws when the SFU does not answer. */
export const unheardBySfu = () => ConnectionError.serverUnreachable("could not establish signal connection");
