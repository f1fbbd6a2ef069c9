/** The package as its users get it, installed once for all tests. */
import { after } from "node:test";
import { describeBundles } from "./bundles.js";
import { describeCompileCache } from "./compile-cache.js";
import { InstalledPackage } from "./installed-package.js";
import { describeTarball } from "./tarball.js";

const installed = await InstalledPackage.make();
after(() => installed.remove());

describeTarball(installed);
describeCompileCache(installed);
describeBundles(installed);
