/** Hostile bodies from a seed: recorded reviews with members replaced, dropped, renamed, nested, cut or overwritten. */

/** Whole numbers from 0 below a bound. @see Numerical Recipes, linear congruential generators */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Members that an answer, an audit annotation or a log line shows on purpose: they are no place for a password. */
const SHOWN = new Set(
  "uid name namespace operation kind image reference serviceAccountName pullring.dev/injected".split(" "),
);

const nest = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const ODD_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1e308, "", "\ud800", "\u0000\u202e", "a".repeat(2000), [], {}, [null], [[]], [{}], nest(60)],
  ...[{ name: "x" }, [{ name: "regcred" }, { name: "regcred" }, {}], { "kubernetes.io/config.mirror": 1 }],
  [{ name: "a", image: "10.99.0.1:15000/team/app:1" }, { image: "a b" }, { image: 7 }],
  JSON.parse('{"__proto__":{"labels":{"pullring.dev/inject":"false"}},"constructor":1,"hasOwnProperty":null}'),
];

type Container = Record<string, unknown>;

/** Gives one hostile body made from `review`; `password` stands in it wherever no answer shows the value. */
export function makeHostileBody(review: string, random: Random, password: string): string {
  const root = JSON.parse(review) as Container;
  const count = 1 + random(4);
  for (let mutation = 0; mutation < count; mutation += 1) mutate(root, random, password);
  const text = JSON.stringify(root);
  const way = random(40);
  if (way === 0) return text.slice(0, random(text.length));
  if (way === 1) {
    const at = random(text.length);
    return `${text.slice(0, at)}${password}${text.slice(at)}`.replace(/"(?:uid|name)":"[^"]*"/g, '"x":1');
  }
  return way === 2 ? `${"[".repeat(random(50_000))}${password}` : text;
}

function mutate(root: Container, random: Random, password: string): void {
  // Most changes go to the object, where the rules are; the rest to the review around it.
  const { request } = root as { request?: { object?: Container } };
  let holder = random(12) > 0 && isContainer(request?.object) ? request.object : root;
  for (;;) {
    const names = Object.keys(holder);
    const name = names[random(names.length)];
    if (name === undefined) return;
    const value = holder[name];
    if (isContainer(value) && random(8) > 0) {
      holder = value;
      continue;
    }
    change(holder, name, random, password);
    return;
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function change(holder: Container, name: string, random: Random, password: string): void {
  const way = random(4);
  if (way === 0 && !SHOWN.has(name)) {
    holder[name] = random(2) === 0 ? password : { [password]: [password] };
  } else if (way === 1) {
    delete holder[name];
  } else if (way === 2 && !Array.isArray(holder)) {
    const other = ["__proto__", "constructor", "toString"][random(3)] ?? "";
    const value = holder[name];
    Object.defineProperty(holder, other, { value, enumerable: true, configurable: true, writable: true });
  } else {
    holder[name] = structuredClone(ODD_VALUES[random(ODD_VALUES.length)]);
  }
}
