/**
 * Makes statics visible on instances, as class attributes are in Python: an instance's own value, else its class's, else
 * that of the nearest base.
 *
 * All four ways to set one then work: `static` in a subclass, assignment to a class, assignment to an instance, and a
 * field in a subclass. The base `declare`s the property, so that a subclass may.
 *
 * @param Class - the class whose statics they are
 * @param names - the attributes
 */
export function defineClassAttributes<C extends { readonly prototype: object }>(
  Class: C,
  ...names: (string & keyof C & keyof C["prototype"])[]
): void {
  for (const name of names) {
    Object.defineProperty(Class.prototype, name, {
      configurable: true,
      get(this: object) {
        return (this.constructor as unknown as Record<string, unknown>)[name];
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  }
}
