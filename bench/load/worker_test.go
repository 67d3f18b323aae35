package load

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Two requests that share one distribution draw from it what belongs to them.
func TestWorker_drawsNumbersOfAZipfDistribution(t *testing.T) {
	const exponent, numbers, draws = 1.1, 50, 200_000
	for _, rank := range []int{0, 50} {
		m := &message{Request: &Request{Path: "/" + NumberMark, Numbers: numbers, Zipf: exponent, Rank: rank}}
		g := &generator{messages: []*message{m}}
		rec := newRecorder(time.Time{}, time.Second, 1, 1, false)
		w := g.worker(0, rec, rec.shard(0))
		var got [numbers]float64
		for range draws {
			got[w.number(0)]++
		}
		sum := 0.0
		for n := range numbers {
			sum += math.Pow(float64(1+rank+n), -exponent)
		}
		for n := range numbers {
			want := draws * math.Pow(float64(1+rank+n), -exponent) / sum
			if math.Abs(got[n]-want) > 6*math.Sqrt(want) {
				t.Errorf("rank %d: number %d came %v times, want about %.0f", rank, n, got[n], want)
			}
		}
	}
}

func TestWorker_drawsAllNumbersAlike(t *testing.T) {
	m := &message{Request: &Request{Path: "/" + NumberMark, Numbers: 3}}
	w := &worker{g: &generator{messages: []*message{m}}, random: rand.New(rand.NewPCG(1, 2)), zipfs: make([]*rand.Zipf, 1)}
	var got [3]int
	for range 30_000 {
		got[w.number(0)]++
	}
	for n, times := range got {
		if times < 9500 || times > 10_500 {
			t.Errorf("number %d came %d times of 30000", n, times)
		}
	}
}
