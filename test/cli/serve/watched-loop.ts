/** A program whose event loop is watched with short limits. It prints a dot every 50 ms; at SIGUSR2 its loop is blocked for ever. */
import { startLoopWatchdog } from "../../../src/cli/serve/loop-watchdog.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";

const stop = startLoopWatchdog(createLogger({ level: "info", version: "1.2.3" }), {
  maxLooks: 6,
  lookIntervalMs: 100,
});
setInterval(() => process.stdout.write("."), 50);
process.on("SIGUSR2", () => {
  for (;;);
});
process.on("SIGTERM", () => {
  stop();
  process.exit(0);
});
if (process.argv[2] === "block") {
  setTimeout(() => {
    for (;;);
  }, 300);
}
