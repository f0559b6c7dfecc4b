// The cameras on a map: coasts and borders that come with Turnpike, or tiles of the operator's own; nothing from elsewhere.
// Without WebGL, or where anything fails, the plan stays as it is. The table beneath says the same in words.

import { Map as MapLibre, Marker, NavigationControl, ScaleControl, addProtocol, setWorkerUrl } from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { feature, mesh } from "topojson-client";

const SVG = "http://www.w3.org/2000/svg";
const CLOSEST_ZOOM = 17;
const TOGETHER_PX = 50;
const FIRST_ZOOM = 13;
// The worst first: a group of cameras is drawn as its worst.
const KINDS = ["refused", "alarm", "taken", "closed"];
const SHAPES = {
  taken: [["circle", { r: 7 }]],
  alarm: [["path", { d: "M0-8 9 7H-9Z" }]],
  refused: [
    ["path", { d: "M-7-7H7V7H-7Z" }],
    ["path", { d: "M-4-4 4 4M4-4-4 4", class: "tp-mark__cut" }],
  ],
  closed: [["path", { d: "M0-8 8 0 0 8-8 0Z", class: "tp-mark__hollow" }]],
};
const LIGHT = { water: "#dbe7ee", land: "#f7f5ef", line: "#8496a3", road: "#c3b9a3", building: "#e4ded0" };
const DARK = { water: "#0d1820", land: "#1d2b35", line: "#6b7f8d", road: "#42545f", building: "#2a3a45" };

function drawn(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function shape(kind, heading) {
  const svg = drawn("svg", { class: `tp-mark tp-mark--${kind}`, viewBox: "-15 -15 30 30", width: 30, height: 30, "aria-hidden": "true" });
  svg.append(drawn("path", { class: "tp-map__heading", d: "M-4-10 0-15 4-10Z", transform: `rotate(${heading})` }));
  svg.append(...SHAPES[kind].map(([name, attributes]) => drawn(name, attributes)));
  return svg;
}

function points(cameras) {
  return {
    type: "FeatureCollection",
    features: cameras.map(([id, name, latitude, longitude, heading, kind, word]) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [longitude, latitude] },
      properties: { id, name, heading, kind, word, ...Object.fromEntries(KINDS.map((one) => [one, Number(one === kind)])) },
    })),
  };
}

function bounds(cameras) {
  const ends = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const [, , latitude, longitude] of cameras) {
    ends[0] = [Math.min(ends[0][0], longitude), Math.min(ends[0][1], latitude)];
    ends[1] = [Math.max(ends[1][0], longitude), Math.max(ends[1][1], latitude)];
  }
  return ends;
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// A line that crosses the date line goes on beyond 180 degrees instead of leaping round the world; the library wraps it.
function unbroken(points) {
  let turn = 0;
  return points.map(([longitude, latitude], at) => {
    const step = at ? longitude - points[at - 1][0] : 0;
    turn += step > 180 ? -360 : step < -180 ? 360 : 0;
    return [longitude + turn, latitude];
  });
}

function flat(geometry) {
  const each = (depth, parts) => (depth ? parts.map((part) => each(depth - 1, part)) : unbroken(parts));
  const depths = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 };
  return { ...geometry, coordinates: each(depths[geometry.type], geometry.coordinates) };
}

function coast(topology, colours) {
  const { countries } = topology.objects;
  const land = feature(topology, countries).features.filter((one) => one.geometry);
  return {
    sources: {
      // A country each: all land as one shape is more than the drawing of surfaces takes.
      land: { type: "geojson", data: { type: "FeatureCollection", features: land.map((one) => ({ ...one, geometry: flat(one.geometry) })) } },
      shore: { type: "geojson", data: flat(mesh(topology, countries, (one, other) => one === other)) },
      borders: { type: "geojson", data: flat(mesh(topology, countries, (one, other) => one !== other)) },
    },
    layers: [
      { id: "land", type: "fill", source: "land", paint: { "fill-color": colours.land } },
      { id: "shore", type: "line", source: "shore", paint: { "line-color": colours.line } },
      { id: "borders", type: "line", source: "borders", paint: { "line-color": colours.line, "line-dasharray": [4, 2] } },
    ],
  };
}

// By the names that the two common schemes of vector tiles give their layers (Protomaps, OpenMapTiles); others are left out.
function tileLayers(names, colours) {
  const fill = (color) => ({ type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": color } });
  const line = (color, more) => ({ type: "line", paint: { "line-color": color, ...more } });
  const known = [
    ["earth", fill(colours.land)],
    ["water", fill(colours.water)],
    ["building", fill(colours.building)],
    ["buildings", fill(colours.building)],
    ["transportation", line(colours.road)],
    ["roads", line(colours.road)],
    ["boundary", line(colours.line, { "line-dasharray": [4, 2] })],
    ["boundaries", line(colours.line, { "line-dasharray": [4, 2] })],
  ];
  return known
    .filter(([name]) => names.includes(name))
    .map(([name, how]) => ({ id: `tiles-${name}`, source: "tiles", "source-layer": name, ...how }));
}

async function tiles(address, colours) {
  const archive = new PMTiles(new URL(address, location.href).href);
  const protocol = new Protocol();
  protocol.add(archive);
  addProtocol("pmtiles", protocol.tile);
  const names = ((await archive.getMetadata()).vector_layers ?? []).map((layer) => layer.id);
  return {
    sources: { tiles: { type: "vector", url: `pmtiles://${new URL(address, location.href).href}` } },
    layers: tileLayers(names, colours),
    // Tiles of the one scheme draw land, those of the other leave it to the background.
    background: names.includes("earth") ? colours.water : colours.land,
  };
}

async function style(canvas, colours) {
  const own = canvas.dataset.tiles
    ? await tiles(canvas.dataset.tiles, colours)
    : { ...coast(await fetched(canvas.dataset.coast), colours), background: colours.water };
  const background = { id: "background", type: "background", paint: { "background-color": own.background } };
  return { version: 8, sources: own.sources, layers: [background, ...own.layers] };
}

class Cameras {
  constructor(canvas, map) {
    this.canvas = canvas;
    this.map = map;
    this.shown = new Map();
  }

  show(cameras) {
    const sums = Object.fromEntries(KINDS.map((kind) => [kind, ["+", ["get", kind]]]));
    this.map.addSource("cameras", {
      type: "geojson",
      data: points(cameras),
      cluster: true,
      clusterMaxZoom: CLOSEST_ZOOM,
      clusterRadius: TOGETHER_PX,
      clusterProperties: sums,
    });
    // Nothing of it is seen: a source is only loaded for a layer.
    this.map.addLayer({ id: "cameras", type: "circle", source: "cameras", paint: { "circle-radius": 0, "circle-opacity": 0 } });
    for (const event of ["moveend", "idle"]) this.map.on(event, () => this.update());
  }

  update() {
    const wanted = new Map();
    for (const found of this.map.querySourceFeatures("cameras")) {
      const { properties, geometry } = found;
      const key = properties.cluster ? `group-${properties.cluster_id}` : properties.id;
      if (!wanted.has(key)) wanted.set(key, { properties, at: geometry.coordinates });
    }
    for (const [key, marker] of this.shown) {
      if (!wanted.has(key)) {
        marker.remove();
        this.shown.delete(key);
      }
    }
    for (const [key, { properties, at }] of wanted) {
      if (this.shown.has(key)) continue;
      const element = properties.cluster ? this.group(properties, at) : this.camera(properties);
      const marker = new Marker({ element }).setLngLat(at).addTo(this.map);
      // A marker names itself anew as a map's marker; ours are links and buttons with names of their own.
      element.setAttribute("aria-label", element.title);
      element.removeAttribute("role");
      this.shown.set(key, marker);
    }
    this.canvas.dataset.shown = String(this.shown.size);
  }

  camera({ id, name, heading, kind, word }) {
    const link = document.createElement("a");
    link.href = this.canvas.dataset.camera.replace("CAMERA", encodeURIComponent(id));
    link.className = "tp-map__camera";
    link.title = `${name}: ${word}`;
    link.append(shape(kind, heading));
    return link;
  }

  group(properties, at) {
    const button = document.createElement("button");
    const worst = KINDS.find((kind) => properties[kind] > 0);
    const wrong = properties.refused + properties.alarm;
    button.type = "button";
    button.className = `tp-map__cluster tp-map__cluster--${worst}`;
    button.textContent = properties.point_count_abbreviated;
    button.title = `${properties.point_count} cameras close together${wrong ? `, ${wrong} of them refused or in alarm` : ""}: look closer`;
    button.addEventListener("click", () => this.open(properties, at));
    return button;
  }

  async open(properties, center) {
    const source = this.map.getSource("cameras");
    const zoom = await source.getClusterExpansionZoom(properties.cluster_id);
    if (zoom <= CLOSEST_ZOOM) {
      this.map.easeTo({ center, zoom });
      return;
    }
    // They stand at one place, which no zoom parts.
    const together = await source.getClusterLeaves(properties.cluster_id, 100, 0);
    document.querySelector(".tp-map__together")?.remove();
    const list = document.createElement("ul");
    list.className = "govuk-list tp-map__together";
    list.tabIndex = -1;
    for (const { properties: one } of together) {
      const item = document.createElement("li");
      const link = this.camera(one);
      link.className = "govuk-link";
      link.replaceChildren(link.title);
      link.removeAttribute("title");
      item.append(link);
      list.append(item);
    }
    this.canvas.after(list);
    list.focus();
  }
}

function canDraw() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

async function start(canvas) {
  const colours = matchMedia("(prefers-color-scheme: dark)").matches ? DARK : LIGHT;
  setWorkerUrl(new URL(canvas.dataset.worker, location.href).href);
  const [cameras, drawnStyle] = await Promise.all([fetched(canvas.dataset.cameras), style(canvas, colours)]);
  if (!cameras.length) return;
  canvas.hidden = false;
  const map = new MapLibre({
    container: canvas,
    style: drawnStyle,
    bounds: bounds(cameras),
    fitBoundsOptions: { padding: 60, maxZoom: FIRST_ZOOM },
    maxZoom: CLOSEST_ZOOM,
    attributionControl: false,
    cooperativeGestures: true,
    dragRotate: false,
    pitchWithRotate: false,
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl());
  await map.once("load");
  new Cameras(canvas, map).show(cameras);
  document.getElementById("camera-map-note").hidden = false;
  canvas.closest(".tp-map").classList.add("tp-map--live");
}

const canvas = document.getElementById("camera-map");
if (canvas && canDraw()) {
  start(canvas).catch((error) => {
    canvas.hidden = true;
    console.warn(`The map cannot be drawn, so the plan stays: ${error.message}`);
  });
}
