/**
 * Type of a class whose instances have the given members: of the base class of a mixin, and of the class that the mixin
 * returns. Exported because the declarations of your own classes may need its name.
 *
 * @typeParam Instance - members of an instance
 */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for exactly this of a class that is mixed into (TS2545).
export type MixinClass<Instance> = abstract new (...args: any[]) => Instance;
