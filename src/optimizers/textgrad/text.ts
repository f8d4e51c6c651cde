/** Sets the sections of a prompt under their titles. */

/** Sections of a prompt, each under its title; empty ones are left out. */
export function sections(all: readonly (readonly [title: string, text: string])[]): string {
  return all
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `# ${title}\n${text}`)
    .join("\n\n");
}
