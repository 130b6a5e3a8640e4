/** Makes the values of options from text. Each error says what was found and what is expected. */
import { InvalidArgumentError } from "commander";
import { parseLabelSelector as readLabelSelector } from "../../core/labels/label-selector.ts";
import { quoteText } from "../../core/quoted-text.ts";
import { sentenceOfSelectorError } from "../../core/sentences/label-selector.ts";
import type { ListenAddress } from "../../server/listen.ts";

/** Shows a value of the command line in a message. */
export function showValue(text: string): string {
  return quoteText(text, 80);
}

const ADDRESS = /^(?:\[(?<bracketed>[0-9A-Fa-f:.%]+)\]|(?<plain>[^:[\]\s/]*)):(?<port>\d{1,5})$/;

/**
 * Reads `HOST:PORT`; the host may be empty, an IPv6 address stands in brackets.
 * @throws InvalidArgumentError when `text` is anything else or the port is above 65535
 */
export function parseListenAddress(text: string): ListenAddress {
  const groups = ADDRESS.exec(text)?.groups;
  const port = Number(groups?.port);
  if (groups === undefined || port > 65_535) {
    throw new InvalidArgumentError(`${showValue(text)} is not HOST:PORT, such as 127.0.0.1:8443, [::1]:8443 or :8443`);
  }
  return { host: groups.bracketed ?? groups.plain ?? "", port };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longest duration, 24 days: a timer can wait 2^31 - 1 ms, which are 24.8 days. */
const MAX_DURATION_MS = 24 * 24 * 3_600_000;

/**
 * Reads a duration as Go writes it, in milliseconds.
 * @throws InvalidArgumentError when `text` is not a duration, is negative or is longer than 24 days
 * @example parseDurationMs("1m30s") // 90000
 */
export function parseDurationMs(text: string): number {
  const durationMs = parseLifetimeMs(text);
  if (durationMs > MAX_DURATION_MS) throw new InvalidArgumentError(`${showValue(text)} is longer than 576h`);
  return durationMs;
}

/** Makes the parser of a duration of at least `least`, for an option that makes no sense, or a busy loop, below it. */
export function durationFrom(least: string): (text: string) => number {
  return (text) => {
    const durationMs = parseDurationMs(text);
    if (durationMs < parseDurationMs(least)) {
      throw new InvalidArgumentError(`${showValue(text)} is too short; give it ${least} or more`);
    }
    return durationMs;
  };
}

/**
 * Reads a duration of any length for which no timer waits, in milliseconds.
 * @throws InvalidArgumentError when `text` is not a duration or is negative
 */
export function parseLifetimeMs(text: string): number {
  if (text === "0") return 0;
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError(`${showValue(text)} is not a duration, such as 10s, 1m30s or 500ms`);
  }
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return [...parts].reduce((sumMs, [, amount, unit = ""]) => sumMs + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}

/** @throws InvalidArgumentError when `text` is not a whole number from 1 to 1,000 */
export function parseCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000) {
    throw new InvalidArgumentError(`${showValue(text)} is not a whole number from 1 to 1000`);
  }
  return count;
}

/** Makes the parser of an option that takes one of `choices`. */
export function choiceOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new InvalidArgumentError(`${showValue(text)} is not one of ${choices.join(", ")}`);
    return choice;
  };
}

/** @throws InvalidArgumentError when `text` is empty */
export function parseText(text: string): string {
  if (text === "") throw new InvalidArgumentError("the value is empty");
  return text;
}

/**
 * Reads a label selector; the API server is the one who understands it.
 * @throws InvalidArgumentError when `text` cannot be one
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): string {
  const { error } = readLabelSelector(parseText(text));
  if (error !== null) {
    const why = sentenceOfSelectorError(error);
    throw new InvalidArgumentError(
      `${showValue(text)} is not a label selector, such as app=web,tier in (a, b),!test: ${why}`,
    );
  }
  return text;
}

/**
 * Reads the name of a Kubernetes object.
 * @throws InvalidArgumentError when `text` cannot be one
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names DNS subdomain names
 */
export function parseName(text: string): string {
  if (text.length > 253 || !/^[a-z0-9][a-z0-9.-]*$/.test(text) || !/[a-z0-9]$/.test(text)) {
    throw new InvalidArgumentError(
      `${showValue(text)} is not a name: lower-case letters, digits, - and . are expected`,
    );
  }
  return text;
}

/**
 * Reads a name of a client certificate; the longest is a DNS name. A comma would be a list, which other programs take here, and
 * a leading dot a whole domain to OpenSSL.
 * @throws InvalidArgumentError when `text` cannot be one
 */
export function parseClientName(text: string): string {
  if (text.length > 253 || !/^[^\s.,*][^\s,*]*$/.test(text)) {
    throw new InvalidArgumentError(
      `${showValue(text)} is not a name of a client, such as kube-apiserver; give the flag once for each name`,
    );
  }
  return text;
}

/** Makes the parser of an option that may be given several times from that of one value. */
export function listOf<Value>(
  parse: (text: string) => Value,
): (text: string, before: readonly Value[]) => readonly Value[] {
  return (text, before) => [...before, parse(text)];
}
