import type { Faker, Randomizer } from '@faker-js/faker';
import type { FakeKind } from './fake-kinds.ts';

/** Dates are made up around this day, so that they are the same tomorrow. */
const DAY = new Date('2026-01-01T00:00:00Z');

/** Makes up a value: the same one for the same digest. */
export type MakeUp = (kind: FakeKind, digest: Buffer) => string;

/** Loads faker, which only those need who ask for made-up values. */
export async function loadFakes(): Promise<MakeUp> {
  const { faker: loaded } = await import('@faker-js/faker/locale/en');
  const chance = new DigestedChance();
  const faker = new (loaded.constructor as typeof Faker)({
    locale: loaded.rawDefinitions,
    randomizer: chance,
  });
  return (kind, digest) => {
    chance.begin(digest);
    return make(faker, kind, digest);
  };
}

/**
 * Chance that begins anew with each digest: sfc32 of PractRand, whose whole state are 128 bits of it. Faker's own, a Mersenne
 * Twister of 19,968 bits, takes 90 µs to begin, which is 20 times what a name takes.
 */
class DigestedChance implements Randomizer {
  #a = 0;
  #b = 0;
  #c = 0;
  #count = 0;

  begin(digest: Buffer): void {
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(16);
    this.#count = digest.readInt32LE(20);
  }

  // Faker calls both without `this`.
  readonly next = (): number => {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };

  /** Faker asks for it when it is made. */
  readonly seed = (): void => {};
}

function make(faker: Faker, kind: FakeKind, digest: Buffer): string {
  // 64 bits of the digest, so that two originals do not meet in a large table.
  const own = digest.toString('hex', 8, 16);
  switch (kind) {
    // example.com belongs to nobody: RFC 2606.
    case 'email':
      return `${word(faker.person.firstName())}.${own}@example.com`;
    case 'userName':
      return `${word(faker.person.firstName())}_${own}`;
    case 'url':
      return `https://${own}.example.com/`;
    case 'uuid':
      return uuidOf(digest);
    case 'name':
      return `${faker.person.firstName()} ${faker.person.lastName()}`;
    case 'firstName':
      return faker.person.firstName();
    case 'lastName':
      return faker.person.lastName();
    case 'company':
      return faker.company.name();
    case 'jobTitle':
      return faker.person.jobTitle();
    // 555-0100 to 555-0199 are for fiction: https://nationalnanpa.com/number_resource_info/555_numbers.html
    case 'phone':
      return `+1${faker.string.numeric({ length: 3, exclude: ['0', '1'] })}55501${faker.string.numeric(2)}`;
    case 'street':
      return faker.location.streetAddress();
    case 'city':
      return faker.location.city();
    case 'zip':
      return faker.location.zipCode('#####');
    case 'state':
      return faker.location.state();
    case 'country':
      return faker.location.country();
    // For documentation: RFC 5737.
    case 'ip':
      return `203.0.113.${digest.readUInt8(0)}`;
    case 'words':
      return faker.lorem.words(3);
    case 'text':
      return faker.lorem.sentence();
    case 'date':
      return faker.date.past({ years: 60, refDate: DAY }).toISOString().slice(0, 10);
    case 'number':
      return String(faker.number.int({ min: 1, max: 9999 }));
  }
}

function word(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

/** A UUID of version 8, which is for whatever its maker likes: RFC 9562. */
export function uuidOf(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
