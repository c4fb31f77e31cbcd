// Builds every app's bundles for Frappe's desk: the part of Frappe's repository root (`esbuild/`) that the snapshot lacks.
//
// Entry points are apps/<app>/<app>/public/**/*.bundle.{js,ts,css,scss}. Output goes to public/dist of the same app, which
// sites/assets/<app> links to, and sites/assets/assets.json tells Frappe where each bundle ended up.
//
//   node build.mjs [--production] [--apps frappe,hot_rutin] [--watch]
//
// Options that `bench build` adds and that have no meaning here (--run-build-command and the like) are ignored.

import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import autoprefixer from "autoprefixer";
import esbuild from "esbuild";
import glob from "fast-glob";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass-embedded";
import * as sfc from "vue/compiler-sfc";

import { compress } from "./compress.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BENCH = path.resolve(HERE, "../..");
const APPS = path.join(BENCH, "apps");
const ASSETS = path.join(BENCH, "sites/assets");
const NODE_MODULES = path.join(HERE, "node_modules");
const TARGET = ["es2020", "chrome90", "firefox90", "safari14"];

const PRODUCTION = process.argv.includes("--production");

function option(name) {
	const at = process.argv.indexOf(name);
	return at < 0 ? undefined : process.argv[at + 1];
}

function installedApps() {
	const listed = fs.readFileSync(path.join(BENCH, "sites/apps.txt"), "utf8").split(/\s+/).filter(Boolean);
	return listed.filter((app) => fs.existsSync(path.join(APPS, app, app)));
}

const publicFolder = (app) => path.join(APPS, app, app, "public");
const moduleFolders = [...installedApps().map((app) => path.join(APPS, app, "node_modules")), NODE_MODULES];

/** The file that a stylesheet means by `~package/path`, `frappe/public/...` or a plain package path; undefined if none. */
function resolveStyle(name) {
	const bare = name.replace(/^~/, "");
	const roots = [...moduleFolders, ...installedApps().map((app) => path.join(APPS, app))];
	for (const root of roots) {
		const whole = path.join(root, bare);
		const partial = path.join(path.dirname(whole), "_" + path.basename(whole));
		for (const stem of [whole, partial]) {
			for (const extension of ["", ".scss", ".css"]) {
				const file = stem + extension;
				if (fs.existsSync(file) && fs.statSync(file).isFile()) return file;
			}
		}
	}
}

const sassOptions = {
	importers: [
		{
			findFileUrl(name) {
				const file = resolveStyle(name);
				return file ? pathToFileURL(file) : null;
			},
		},
	],
	// The framework's stylesheets and Bootstrap 4 are full of deprecated Sass, which is not ours to mend.
	quietDeps: true,
	logger: sass.Logger.silent,
};

const hash = (text) => crypto.createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();

// --- JavaScript -------------------------------------------------------------------------------------------------------

const htmlTemplates = {
	name: "html-templates",
	setup(build) {
		build.onLoad({ filter: /\.html$/ }, async ({ path: file }) => {
			const html = await fs.promises.readFile(file, "utf8");
			const minified = html.replace(/<!--[\s\S]*?-->/g, "").replace(/\s+/g, " ");
			const name = path.basename(file, ".html");
			// As upstream's builder writes them: one template escapes its quotes for a template literal, and would not compile.
			const literal = "`" + minified.replace(/`/g, "\\`") + "`";
			return { contents: `frappe.templates[${JSON.stringify(name)}] = ${literal};`, watchFiles: [file] };
		});
	},
};

const vueComponents = {
	name: "vue-components",
	setup(build) {
		build.onLoad({ filter: /\.vue$/ }, async ({ path: filename }) => {
			const source = await fs.promises.readFile(filename, "utf8");
			const { descriptor, errors } = sfc.parse(source, { filename });
			if (errors.length) return { errors: errors.map((error) => ({ text: error.message })) };

			const id = hash(path.relative(BENCH, filename));
			const scopeId = `data-v-${id}`;
			const scoped = descriptor.styles.some((style) => style.scoped);
			const bindings = {};
			const parts = [];

			if (descriptor.script || descriptor.scriptSetup) {
				const script = sfc.compileScript(descriptor, { id: scopeId, genDefaultAs: "component", isProd: PRODUCTION });
				Object.assign(bindings, script.bindings);
				parts.push(script.content);
			} else {
				parts.push("const component = {};");
			}
			if (descriptor.template) {
				const template = sfc.compileTemplate({
					id: scopeId,
					source: descriptor.template.content,
					filename,
					scoped,
					isProd: PRODUCTION,
					compilerOptions: { bindingMetadata: bindings, scopeId: scoped ? scopeId : undefined },
				});
				if (template.errors.length) return { errors: template.errors.map((error) => ({ text: String(error) })) };
				parts.push(template.code, "component.render = render;");
			}
			if (scoped) parts.push(`component.__scopeId = ${JSON.stringify(scopeId)};`);

			// Frappe loads a component's bundle by its .js name alone, so its styles travel inside it.
			for (const style of descriptor.styles) {
				let css = style.content;
				if (style.lang === "scss") css = (await sass.compileStringAsync(css, sassOptions)).css;
				const compiled = await sfc.compileStyleAsync({ id: scopeId, source: css, filename, scoped: style.scoped });
				if (compiled.errors.length) return { errors: compiled.errors.map((error) => ({ text: error.message })) };
				parts.push(
					`{ const style = document.createElement("style"); style.textContent = ${JSON.stringify(compiled.code)};`,
					"document.head.append(style); }"
				);
			}
			parts.push("export default component;");
			const typed = (descriptor.scriptSetup ?? descriptor.script)?.lang === "ts";
			return { contents: parts.join("\n"), loader: typed ? "ts" : "js", resolveDir: path.dirname(filename), watchFiles: [filename] };
		});
	},
};

const served = { name: "served-paths", setup: (build) => build.onResolve({ filter: /^\/?assets\// }, () => ({ external: true })) };

function scriptOptions(app, entries) {
	return {
		entryPoints: entries,
		outdir: path.join(publicFolder(app), "dist/js"),
		entryNames: "[name].[hash]",
		bundle: true,
		minify: PRODUCTION,
		sourcemap: PRODUCTION ? "linked" : "inline",
		target: TARGET,
		metafile: true,
		logLevel: "error",
		nodePaths: moduleFolders,
		alias: {
			"socket.io-client": path.join(HERE, "silent-realtime.mjs"),
			"air-datepicker/dist/js/datepicker.min.js": path.join(HERE, "datepicker.mjs"),
		},
		define: {
			"process.env.NODE_ENV": JSON.stringify(PRODUCTION ? "production" : "development"),
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
			__VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
		},
		plugins: [served, htmlTemplates, vueComponents],
	};
}

async function buildScripts(app, entries) {
	const { metafile } = await esbuild.build(scriptOptions(app, entries));
	const built = {};
	for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
		if (entryPoint) built[path.basename(entryPoint).replace(/\.ts$/, ".js")] = `/assets/${app}/dist/js/${path.basename(output)}`;
	}
	return built;
}

// --- Stylesheets ------------------------------------------------------------------------------------------------------

const styleImports = {
	name: "style-imports",
	setup(build) {
		build.onResolve({ filter: /.*/ }, ({ path: name, kind }) => {
			if (kind === "entry-point") return;
			if (kind === "url-token" || /^(\/|https?:|data:)/.test(name)) return { path: name, external: true };
			const file = resolveStyle(name);
			return file ? { path: file } : undefined;
		});
	},
};

async function buildStyle(app, entry) {
	const name = path.basename(entry).replace(/\.scss$/, ".css");
	const source = entry.endsWith(".scss") ? (await sass.compileAsync(entry, sassOptions)).css : fs.readFileSync(entry, "utf8");
	// Sass leaves imports of plain .css in place: esbuild pulls them in.
	const bundled = await esbuild.build({
		stdin: { contents: source, resolveDir: path.dirname(entry), loader: "css" },
		bundle: true,
		write: false,
		logLevel: "error",
		target: TARGET,
		plugins: [styleImports],
	});
	const prefixed = await postcss([autoprefixer]).process(bundled.outputFiles[0].text, { from: undefined });
	const finish = async (css) => (PRODUCTION ? (await esbuild.transform(css, { loader: "css", minify: true, target: TARGET })).code : css);

	const built = {};
	for (const [key, folder, css] of [
		[name, "css", await finish(prefixed.css)],
		[`rtl_${name}`, "css-rtl", await finish(rtlcss.process(prefixed.css))],
	]) {
		const file = name.replace(/\.css$/, `.${hash(css)}.css`);
		const directory = path.join(publicFolder(app), "dist", folder);
		fs.mkdirSync(directory, { recursive: true });
		fs.writeFileSync(path.join(directory, file), css);
		built[key] = `/assets/${app}/dist/${folder}/${file}`;
	}
	return built;
}

// --- The whole --------------------------------------------------------------------------------------------------------

function link(target, name) {
	fs.rmSync(name, { force: true, recursive: true });
	fs.symlinkSync(path.relative(path.dirname(name), target), name);
}

function linkAssets() {
	for (const folder of ["js", "css"]) fs.mkdirSync(path.join(ASSETS, folder), { recursive: true });
	for (const app of installedApps()) {
		if (fs.existsSync(publicFolder(app))) link(publicFolder(app), path.join(ASSETS, app));
	}
	// The desk fetches a few libraries straight from here: /assets/frappe/node_modules/ace-builds/...
	link(NODE_MODULES, path.join(publicFolder("frappe"), "node_modules"));
}

async function build(apps) {
	linkAssets();
	const results = [];
	for (const app of apps) {
		const entries = await glob("**/*.bundle.{js,ts,css,scss}", {
			cwd: publicFolder(app),
			absolute: true,
			ignore: ["dist/**", "node_modules/**"],
		});
		fs.rmSync(path.join(publicFolder(app), "dist"), { force: true, recursive: true });
		const isStyle = (entry) => /\.(css|scss)$/.test(entry);
		const scripts = entries.filter((entry) => !isStyle(entry));
		results.push(...entries.filter(isStyle).map((entry) => buildStyle(app, entry)));
		if (scripts.length) results.push(buildScripts(app, scripts));
	}
	const built = Object.assign({}, ...(await Promise.all(results)));
	if (PRODUCTION) await compress(ASSETS);

	// Written last and in one move: a build that was cut short leaves no list that names missing files.
	const list = path.join(ASSETS, "assets.json");
	const kept = apps.length < installedApps().length && fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, "utf8")) : {};
	const sorted = Object.fromEntries(Object.entries({ ...kept, ...built }).sort());
	fs.writeFileSync(list + ".new", JSON.stringify(sorted, null, "\t") + "\n");
	fs.renameSync(list + ".new", list);
	console.log(`${Object.keys(built).length} bundles of ${apps.join(", ")}`);
}

const wanted = option("--apps")?.split(",") ?? installedApps();
const apps = wanted.filter((app) => fs.existsSync(publicFolder(app)));
await build(apps);
if (process.argv.includes("--watch")) {
	let timer;
	for (const app of apps) {
		fs.watch(publicFolder(app), { recursive: true }, (_event, file) => {
			if (/^(dist|node_modules)\//.test(file ?? "")) return;
			clearTimeout(timer);
			timer = setTimeout(() => build(apps).catch((error) => console.error(error.message)), 200);
		});
	}
} else {
	process.exit(0);
}
