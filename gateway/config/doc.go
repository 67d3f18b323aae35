// Package config reads the two files that people write: the manifest of an app,
// postern.toml, and the configuration of a server. It is not where their values
// act: every other package has options of its own and knows nothing of TOML.
//
// Both readers are strict. An unknown key is an error that names it, all
// complaints come at once, each with its line, and after reading nothing needs
// interpreting: what the file leaves out has its default.
package config
