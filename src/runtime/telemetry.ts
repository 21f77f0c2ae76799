/**
 * Turns off the runtime's telemetry, which would write below the home folder and ask the network's name service. The
 * runtime's library reads the variable once, when it is loaded. It must stand in the main thread's environment: a worker's
 * `process.env` is a copy that native code does not see. A value that somebody has set stays.
 */
export function disableTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}

// Importing this module is enough: an import that follows is evaluated after it, and so finds the variable set.
disableTelemetry();
