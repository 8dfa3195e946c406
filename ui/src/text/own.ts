// A table looked up by a text from outside: what every object inherits (`constructor`, `__proto__`) is not in it.
export function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
