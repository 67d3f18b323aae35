// Package admin is the door for operators: an HTTP server of its own, on its own
// listener, that takes bundles, lists what is in service, rolls back, deletes,
// calls functions and streams what they printed. openapi.json describes it.
//
// It is not where an app is checked or switched: gateway/deploy does that, and
// admin only carries bundles to it and reports back.
package admin
