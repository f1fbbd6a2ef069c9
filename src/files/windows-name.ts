/**
 * Names that Windows reads as something else than they say.
 *
 * @module
 */

const SEPARATOR_OR_DRIVE = /[\\:]/;
const IGNORED_END = /[. ]$/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*)?$/i;

// "GIT~1" is ".git": each file with a long name may have such a short one beside it.
const SHORT_ALIAS = /^(?=[^.]{1,8}(?:\.|$))[^.]*~[0-9]{1,6}(?:\.[^.]{0,3})?$/;

/**
 * True if a name opens another file on Windows, a device or another stream of the file than it says: it has a separator,
 * a drive or a stream (`\`, `:`), ends in dots or spaces (`.. ` is `..` there, gh-157504), is a device (`con`, `nul.txt`),
 * or is the short form of a longer name (`GIT~1`), which could stand for one that is hidden.
 *
 * @param name - a single name, decoded
 */
export function isUnsafeOnWindows(name: string): boolean {
  return (
    SEPARATOR_OR_DRIVE.test(name) || IGNORED_END.test(name) || DEVICE.test(name) || SHORT_ALIAS.test(name)
  );
}
