// Package route finds the function that a request is for: by host or path
// prefix the app, by path and method the rule within it. It is pure tables and
// checks: it reads no request, no manifest, and knows nothing of what a rule
// leads to.
//
// # Which app
//
// A host, a path prefix, or "every host" belongs to one app at most. The app
// that owns the request's host is taken before the one that owns the longest
// prefix, and that before the one that has neither. The choice is final: a path
// that the app doesn't have is not looked for in another.
//
// # Which rule
//
// Of the rules whose pattern matches the path and whose methods accept the
// request's, the strongest kind of pattern wins:
//
//	exact     =/user, or /user in lambda syntax
//	prefix    ^~/user       every path that begins so, the longest first
//	template  /user/{id}    see below
//	loose     /user         in scf syntax: every path that begins so, the longest first
//
// Templates compare segment by segment from the left, and the first difference
// decides: a literal before a variable of one segment, before a greedy variable,
// before a variable to the end, before the end of the template; two literals by
// their bytes. A rule that names the method comes before one that takes any.
//
// # Variables
//
// A variable is a whole segment of its template and takes at least one byte:
//
//	{name}   lambda syntax: one segment
//	{name}   scf syntax: one or more segments, the leftmost variable as many as it can
//	{name+}  all segments to the end
//
// # Paths
//
// Patterns are matched with canonical paths, see [AppendCanonical]. Two slashes
// in a row have an empty segment between them. A path of more than
// [MaxSegments] segments is found nowhere.
package route
