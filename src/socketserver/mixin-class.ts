/** Base class of a mixin. */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for exactly this of a class that is mixed into (TS2545).
export type MixinClass<Instance> = abstract new (...args: any[]) => Instance;
