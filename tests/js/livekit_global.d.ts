// The pages load livekit-client as a classic script, which leaves one global; its types come from the package it was copied from.

import type * as LivekitClientModule from "livekit-client";

declare global {
  const LivekitClient: typeof LivekitClientModule;
}
