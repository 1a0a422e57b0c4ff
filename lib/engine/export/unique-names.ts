/** Names of columns, of which the second of the same name is called `name_2`: a result may have several of one name. */
export function uniqueNames(columns: ReadonlyArray<{ readonly name: string }>): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let count = 2; taken.has(unique); count += 1) unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}
