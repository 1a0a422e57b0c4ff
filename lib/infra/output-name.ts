/** `orders-eu` → `OrdersEu`: an output's name has letters and digits only. */
export function inPascalCase(name: string): string {
  return name
    .split(/[^a-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
