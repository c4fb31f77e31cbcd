// Puts <bundle>.br and <bundle>.gz beside every built bundle, once, for the web server to send as they are.
//
//   node compress.mjs <sites/assets>

import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";

import glob from "fast-glob";

// The highest, 11, saves another twelfth and takes fourteen times as long.
const BROTLI = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 } };
const GZIP = { level: 9 };

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

export async function compress(assets) {
	const files = await glob("*/dist/**/*.{js,css}", { cwd: assets, absolute: true });
	await Promise.all(
		files.map(async (file) => {
			const content = await fs.promises.readFile(file);
			await fs.promises.writeFile(`${file}.br`, await brotli(content, BROTLI));
			await fs.promises.writeFile(`${file}.gz`, await gzip(content, GZIP));
		})
	);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compress(process.argv[2]);
