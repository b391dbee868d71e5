// Square roots of whole numbers, rounded down, exact beyond 2^53.

import { floor } from "./arithmetic";

/** The largest whole number whose square is at most `n` (0 <= n < 2^52). */
export function floorRoot(n: number): number {
  let root = floor(Math.sqrt(n));
  // The language leaves the last bit of Math.sqrt open.
  while (root * root > n) root--;
  while ((root + 1) * (root + 1) <= n) root++;
  return root;
}

/** The largest whole number whose square is at most a × b (a < 2^53, b < 2^53). */
export function floorRootOfProduct(a: number, b: number): number {
  const product = a * b;
  if (product < 2 ** 52) return floorRoot(product);
  const exact = BigInt(a) * BigInt(b);
  let root = BigInt(floor(Math.sqrt(product)));
  while (root * root > exact) root--;
  while ((root + 1n) * (root + 1n) <= exact) root++;
  return Number(root);
}
