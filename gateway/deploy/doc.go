// Package deploy owns which apps are in service: it checks a bundle whole, has
// the engine try every module, records the version and swaps the route table.
// It is not the admin API, which only carries bundles to it.
package deploy
