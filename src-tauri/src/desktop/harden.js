// Runs before any script of the page. Object.prototype is frozen, so that nothing that gets into the page can change what every object has.
// Frozen as it is, it would also refuse what libraries do all the time: giving an object of their own a `toString` or a `constructor` by
// assignment. So its members are accessors first, that put what is assigned onto the object it is assigned to.
(() => {
  'use strict';
  const { prototype, defineProperty, getOwnPropertyDescriptors, entries, freeze } = Object;
  for (const [name, { value, writable, configurable }] of entries(getOwnPropertyDescriptors(prototype))) {
    if (!writable || !configurable) continue;
    defineProperty(prototype, name, {
      get: () => value,
      set(own) {
        if (this === prototype) throw new TypeError(`Object.prototype.${name} is not to be changed`);
        defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }
  freeze(prototype);
})();
