package config

// nearest returns the name that s was probably meant to be, or "": the one that
// differs in one or two letters.
func nearest(s string, names []string) string {
	best, found := 3, ""
	if len(s) > 64 {
		return ""
	}
	for _, name := range names {
		if d := distance(s, name); d < best && d < len(name)/2 {
			best, found = d, name
		}
	}
	return found
}

// distance returns how many bytes must be put in, taken out or changed to make
// b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
