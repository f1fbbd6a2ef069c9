/**
 * Class with these instance members: the base class of a mixin, and what the mixin adds to it. Public, so that the
 * declarations of your own classes can name it.
 *
 * @typeParam Instance - members of an instance
 */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for exactly this of a class that is mixed into (TS2545).
export type MixinClass<Instance> = abstract new (...args: any[]) => Instance;
