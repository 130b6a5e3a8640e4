// Loaded into a real pullring by `node --require`: at SIGUSR2 it does what its environment says, as a bug of ours might.
const { PULLRING_TEST_BUG: bug, PULLRING_TEST_CONTENT: content } = process.env;

const bugs = {
  throw: () => {
    throw new TypeError(content);
  },
  reject: () => {
    Promise.reject(Object.assign(new Error(content), { code: "ERR_BUG" }));
  },
  "reject text": () => {
    Promise.reject(content);
  },
  block: () => {
    for (;;);
  },
};

process.on("SIGUSR2", () => setImmediate(bugs[bug]));
// `explain` waits for its input meanwhile.
if (bug === "throw at once") {
  setImmediate(bugs.throw);
}
