/** Clients that do numbered pieces of work side by side, each taking the next piece when it has done one. */

/** Runs `work` for 0 to `count` - 1. @throws what a piece of work throws first */
export async function runClients(
  { count, clients }: { readonly count: number; readonly clients: number },
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, client));
}
