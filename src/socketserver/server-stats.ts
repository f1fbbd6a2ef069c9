/** Counters of a server since it was created. */
export interface ServerStats {
  /** Connections of clients. */
  readonly connections: {
    /** Open connections in all threads and processes, including waiting ones. */
    readonly open: number;
    /** Connections that wait for the loop. */
    readonly waiting: number;
    /** All accepted connections. */
    readonly accepted: number;
    /** Connections that were closed at once, because there were too many. */
    readonly refused: number;
  };
  /** Refused connections, by the setting whose limit they exceeded. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Bytes on the network, including headers and TLS. */
  readonly bytes: {
    /** From clients. */
    readonly received: number;
    /** Includes bytes that wait to be sent. */
    readonly sent: number;
  };
  /** Threads or processes that serve connections. */
  readonly workers: {
    /** Number of workers that have started, and run. */
    readonly running: number;
    /** Workers that have not answered within a second. Their counters are missing. */
    readonly silent: number;
  };
}

/**
 * Adds the counters of workers to those of the accepting thread. Each connection is counted by the thread that has
 * accepted it.
 *
 * @param own - counters of the accepting thread
 * @param reports - counters of each worker; `null` for one that does not answer
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
