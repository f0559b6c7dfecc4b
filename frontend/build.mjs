// Builds the pages' styles and scripts into the folder given as the only argument.
//
// frontend/src/turnpike.{scss,js} and frontend/src/images are every page's; src/turnpike/APP/assets/NAME.{scss,js}
// belong to one page of one application and come out as APP/NAME.{css,js}. File names carry a hash of their
// contents, so that browsers may keep them for ever; manifest.json says which name to use. Two come whole from
// packages: the map's worker, which runs apart and so is no part of a bundle, and the world's coasts and borders.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const applications = path.join(here, "..", "src", "turnpike");
const loadPaths = [path.join(here, "src"), path.join(here, "node_modules", "govuk-frontend", "dist")];
const packages = path.join(here, "node_modules");
const browsers = ["chrome120", "firefox121", "safari17"];

const packaged = [
  { application: "cameras", source: path.join(packages, "maplibre-gl", "dist", "maplibre-gl-worker.mjs") },
  { application: "cameras", source: path.join(packages, "world-atlas", "countries-50m.json") },
];

async function filesIn(folder, application) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("_") && !entry.name.startsWith("."))
    .map((entry) => ({ application, source: path.join(folder, entry.name) }));
}

async function inputs() {
  const own = [
    { application: "web", source: path.join(here, "src", "turnpike.scss") },
    { application: "web", source: path.join(here, "src", "turnpike.js") },
    ...(await filesIn(path.join(here, "src", "images"), "web")),
  ];
  const names = (await readdir(applications)).sort();
  const theirs = await Promise.all(names.map((name) => filesIn(path.join(applications, name, "assets"), name)));
  return [...own, ...packaged, ...theirs.flat()];
}

async function styles(source) {
  const { css } = sass.compile(source, { loadPaths, quietDeps: true, charset: false });
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, target: browsers });
  return Buffer.from(code);
}

async function script(source) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [source],
    bundle: true,
    format: "esm",
    legalComments: "none",
    minify: true,
    nodePaths: [path.join(here, "node_modules")],
    target: browsers,
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

// The shapes alone: what the countries are called is of no use without letters on the map, and places are disputed.
// Antarctica (010) goes round the pole, which a flat map cannot draw whole.
async function coasts(source) {
  const topology = JSON.parse(await readFile(source, "utf8"));
  const { countries } = topology.objects;
  countries.geometries = countries.geometries.filter((shape) => shape.id !== "010");
  for (const shape of countries.geometries) {
    delete shape.properties;
    delete shape.id;
  }
  delete topology.objects.land;
  return Buffer.from(JSON.stringify(topology));
}

async function compiled(source) {
  switch (path.extname(source)) {
    case ".json":
      return { extension: ".json", contents: await coasts(source) };
    case ".mjs":
      return { extension: ".js", contents: await readFile(source) };
    case ".scss":
      return { extension: ".css", contents: await styles(source) };
    case ".js":
      return { extension: ".js", contents: await script(source) };
    default:
      return { extension: path.extname(source), contents: await readFile(source) };
  }
}

async function main(output) {
  const manifest = {};
  for (const { application, source } of await inputs()) {
    const { extension, contents } = await compiled(source);
    const stem = path.parse(source).name;
    const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
    const name = `${application}/${stem}-${hash}${extension}`;
    await mkdir(path.join(output, application), { recursive: true });
    await writeFile(path.join(output, name), contents);
    manifest[`${application}/${stem}${extension}`] = name;
  }
  await writeFile(path.join(output, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

try {
  await main(path.resolve(process.argv[2]));
} catch (error) {
  // A fault in a style sheet or script: its place is in the message, and this script's own stack helps nobody.
  console.error(error.message);
  process.exitCode = 1;
}
