// For examples/testing/jest.test.mjs. `npm run build:tests` makes a second package with our name in build/package. Jest reads all
// packages of a project, and would not know which one an import of `pyserve` means.
export default { modulePathIgnorePatterns: ["<rootDir>/build/"] };
