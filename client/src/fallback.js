/** Our own SHA-512 and PBKDF2, for browsers that keep theirs for secure contexts: the same bytes. Imported for that. */

import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { own } from "./digest.js";

own.sha512 = sha512;
own.stretch = (code, salt, rounds, size) => pbkdf2(sha256, code, salt, { c: rounds, dkLen: size });
