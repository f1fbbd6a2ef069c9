import { spawn } from "node:child_process";

/** The command that opens a URL on each platform. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/**
 * Opens a URL in the user's browser, with the command of the environment variable `BROWSER` or of the platform. A
 * failure is reported in one line on standard error.
 */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): void {
  const own = (env.BROWSER ?? "").split(" ").filter((word) => word !== "");
  const [command = "xdg-open", ...args] = own.length > 0 ? own : (OPENERS[process.platform] ?? []);
  // The browser continues when the server ends, and must not get the server's password.
  const { PYSERVE_AUTH: _secret, ...environment } = env as Record<string, string | undefined>;
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore", env: environment });
  child.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    const reason = code === "ENOENT" ? `there is no command ${command}` : message;
    process.stderr.write(`pyserve: cannot open a browser: ${reason}\n`);
  });
  child.unref();
}
