/** What a server of connections has done since it was made, and does now. */
export interface ServerStats {
  /** Those that clients have made. */
  readonly connections: {
    /** How many there are, in all threads and processes, those that wait included. */
    readonly open: number;
    /** How many of them wait for the loop to take them. */
    readonly waiting: number;
    /** How many were taken in all. */
    readonly accepted: number;
    /** How many were closed at once, since there were too many. */
    readonly refused: number;
  };
  /** Those that were refused, by the setting whose limit they exceeded. */
  readonly refusals: Readonly<Record<string, number>>;
  /** As they were on the wire, heads and TLS included. */
  readonly bytes: {
    /** From clients. */
    readonly received: number;
    /** Those included that wait to be sent. */
    readonly sent: number;
  };
  /** The threads or processes that serve connections. */
  readonly workers: {
    /** How many there are. */
    readonly running: number;
    /** How many of them have not answered within a second: what they have served is not counted. */
    readonly silent: number;
  };
}

/**
 * Adds what workers report to what the accepting thread knows. Each connection is counted by the thread that has accepted it.
 *
 * @param own - of the accepting thread
 * @param reports - the same from each worker; `null` from one that does not answer
 */
export function withReports<Stats extends ServerStats>(own: Stats, reports: readonly unknown[]): Stats {
  const answers = reports.filter((report) => report !== null) as Stats[];
  const { workers: _, ...groups } = own;
  const sums = Object.entries(groups).map(([name, group]) => [
    name,
    answers.reduce((sum, answer) => added(sum, answer[name as keyof Stats] as Group), {
      ...(group as Group),
    }),
  ]);
  const workers = { running: reports.length, silent: reports.length - answers.length };
  return { ...Object.fromEntries(sums), workers };
}

type Group = Readonly<Record<string, number>>;

function added(one: Group, other: Group): Group {
  return Object.fromEntries(Object.entries(one).map(([name, count]) => [name, count + (other[name] ?? 0)]));
}
