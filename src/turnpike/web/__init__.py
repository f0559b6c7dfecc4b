"""Layout, components, static build, error pages; permissions and the decorator every route carries."""
