import { UsageError } from "./option.js";
import type { GivenSettings } from "./options.js";

/** Options that set the same thing, so only one of them may be given. */
const ALTERNATIVES: readonly {
  readonly one: keyof GivenSettings;
  readonly others: readonly (keyof GivenSettings)[];
  readonly problem: string;
}[] = [
  {
    one: "listen",
    others: ["port", "bind"],
    problem: "--listen replaces the port and --bind: give one or the other",
  },
  {
    one: "auth",
    others: ["auth_file"],
    problem: "--auth and --auth-file both set the password: give one of them",
  },
  {
    one: "tls",
    others: ["tls_cert", "tls_key", "tls_password_file"],
    problem: "--tls creates a certificate, and --tls-cert loads one: give one of them",
  },
];

/**
 * Merges the config file and the command line. The command line wins, even if it uses an alternative option.
 *
 * @returns the settings, or the options that contradict each other
 */
export function mergeSettings(fromFile: GivenSettings, fromLine: GivenSettings): GivenSettings | UsageError {
  for (const given of [fromFile, fromLine]) {
    for (const { one, others, problem } of ALTERNATIVES) {
      if (isGiven(given, one) && others.some((other) => isGiven(given, other)))
        return new UsageError(problem);
    }
  }
  const kept = { ...fromFile };
  for (const { one, others } of ALTERNATIVES) {
    if (isGiven(fromLine, one)) for (const other of others) delete kept[other];
    else if (others.some((other) => isGiven(fromLine, other))) delete kept[one];
  }
  const merged = { ...kept, ...fromLine };
  if (merged.cors_credentials && (merged.cors == null || merged.cors === "*"))
    return new UsageError(
      "--cors-credentials needs --cors=ORIGIN: browsers send no credentials if all origins may read",
    );
  if (merged.proxy_protocol && !merged.trusted_proxy?.length)
    return new UsageError("--proxy-protocol needs --trusted-proxy: give the address of the proxy");
  return merged.tls_cert == null && (merged.tls_key != null || merged.tls_password_file != null)
    ? new UsageError("--tls-key and --tls-password-file belong to a certificate: give --tls-cert too")
    : merged;
}

/** True if an option has a value. `false` and an empty list only remove an earlier value. */
function isGiven(given: GivenSettings, name: keyof GivenSettings): boolean {
  const value = given[name];
  return value != null && value !== false && !(Array.isArray(value) && value.length === 0);
}
