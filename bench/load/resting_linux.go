package load

// resting is a heap of the sockets that rest, the one that goes on first at its
// top.
type resting []*socket

func (r resting) Len() int           { return len(r) }
func (r resting) Less(i, j int) bool { return r[i].until.Before(r[j].until) }
func (r resting) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *resting) Push(s any)        { *r = append(*r, s.(*socket)) }
func (r *resting) Pop() any {
	old := *r
	s := old[len(old)-1]
	*r = old[:len(old)-1]
	return s
}
