export function settingsTable(configuration: object): string;
export function withTable(readme: string, table: string): string;
