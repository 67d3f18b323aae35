package lite

// readHeaders reads the header whose first field is at i, and returns the place
// behind it; negative where it is not as most gateways write it.
func (f *fields) readHeaders(p *Parts, t script, i int, made *prepared) (end int) {
	b := f.raw
	var h Header // nil: all fields so far are in made
	count := 0
	i = made.readAdded(p, b, t, i)
	for i <= t.last {
		w := t.at(i)
		if w&0xff == ',' {
			w >>= 8
			i++
		}
		if w&0xff != '"' {
			break
		}
		i++
		end := t.mark(i)
		if end > t.last {
			return -1
		}
		if w = t.at(end); w&0xffffff != beforeText {
			return -1
		}
		word := known.find(t, i, end-i)
		key := b[i:end]
		from := end + len(`":`)
		i = t.mark(from + 1)
		if i > t.last {
			return -1
		}
		var value string
		if t.at(i)&0xff == '"' {
			value = program.ownString(b[from+1 : i])
			i++
		} else {
			i = skipRest(b, i)
			value = text(b[from:i])
		}
		if word != nil && word.id == hostField {
			if !made.setHost() {
				return -1
			}
			p.Host = value
			continue
		}
		if h == nil {
			if word != nil && word.place >= 0 {
				if !made.set(word.place, value) {
					return -1
				}
				continue
			}
			h, count = made.settle()
		}
		if word != nil && word.header != "" {
			h[word.header] = program.keepList(value)
		} else {
			name := canonicalOf(key)
			if name == "Host" { // in the letters that a route asked for
				if !made.setHost() {
					return -1
				}
				p.Host = value
				continue
			}
			h[name] = program.keepList(value)
		}
		count++
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	if h == nil {
		h, count = made.settle()
	}
	if len(h) != count {
		return -1 // a name occurs more than once
	}
	p.Header = h
	return i + 1
}

// beforeText is what stands before a value that is text.
const beforeText = '"' | ':'<<8 | '"'<<16
