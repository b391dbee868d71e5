// The arithmetic that all of the drawing needs, under short names: a bundle writes `Math.max` once.

export const abs = Math.abs;
export const ceil = Math.ceil;
export const finite = Number.isFinite;
export const floor = Math.floor;
export const max = Math.max;
export const min = Math.min;
export const round = Math.round;
