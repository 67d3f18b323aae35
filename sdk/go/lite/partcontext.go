package lite

// beforeValue is what stands between a key and its value, as the host writes
// it.
const beforeValue = '"' | ':'<<8

// Names in the requestContext, as a word each.
const (
	httpWord     = 'h' | 't'<<8 | 't'<<16 | 'p'<<24
	identityWord = 'i' | 'd'<<8 | 'e'<<16 | 'n'<<24 | 't'<<32 | 'i'<<40 | 't'<<48 | 'y'<<56
	sourceWord   = 's' | 'o'<<8 | 'u'<<16 | 'r'<<24 | 'c'<<32 | 'e'<<40 | 'I'<<48 | 'p'<<56
)

// readContext reads the requestContext whose first member is at i. It returns
// the place behind it, negative where it is not as most gateways write it.
func (f *fields) readContext(p *Parts, t script, i int) (end int) {
	b := f.raw
	p.Remote = noPort
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
		if w = t.at(end); w&0xffff != beforeValue {
			return -1
		}
		name := t.at(i)
		if end-i == len("http") && name&0xffffffff == httpWord {
			return -1 // AWS nests what is ours there
		}
		long := end-i == 8
		i = end + len(`":`)
		from := i
		switch {
		case w>>16&0xff == '"':
			if i = t.mark(i + 1); i > t.last || t.at(i)&0xff != '"' {
				return -1
			}
			i++
		case w>>16&0xffff == '{'|'}'<<8:
			i += len("{}")
		default:
			i = skipValue(b, i)
			if long && name == identityWord && find(b[from:i], "sourceIp") != nil {
				return -1
			}
		}
		if i <= from || i > len(b) {
			return -1
		}
		if long && name == sourceWord {
			if w>>16&0xff == '"' {
				p.Remote = program.keepJoined(b[from+1:i-1], noPort)
			} else {
				p.Remote = text(b[from:i]) + noPort
			}
		}
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}
