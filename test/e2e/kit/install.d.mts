export const e2eFolder: string;
export const vscodeFolder: string;
export const node: string;
export function install(): void;
export function findChromium(): string;
