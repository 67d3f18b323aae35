package sched

import (
	"context"
	"testing"
	"time"
)

func BenchmarkLane(b *testing.B) {
	policy := Policy{Attempts: 3, Patience: time.Minute, RunLimit: 5 * time.Minute}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, row := range []struct {
		name string
		ctx  context.Context
		job  Job[int]
	}{
		{"run=here/ctx=endless", context.Background(), here{}},
		{"run=here/ctx=watched", ctx, here{}},
		{"run=worker/ctx=endless", context.Background(), empty{}},
		{"run=worker/ctx=cancellable", ctx, empty{}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			s := open(b)
			s.Watch(ctx)
			lane := NewLane[int](s, LaneOptions{Slots: 8, Backlog: 64})
			for b.Loop() {
				a, err := lane.Do(row.ctx, policy, row.job)
				if err != nil {
					b.Fatal(err)
				}
				a.Release()
			}
		})
		b.Run(row.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			s := open(b)
			s.Watch(ctx)
			lane := NewLane[int](s, LaneOptions{Slots: 64, Backlog: 64})
			b.SetParallelism(32) // clients for each processor
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					a, err := lane.Do(row.ctx, policy, row.job)
					if err != nil {
						b.Fatal(err)
					}
					a.Release()
				}
			})
		})
	}
	// The neighbours: what the way there and back costs a bare channel, a
	// goroutine for each call, and a timer for each call on top.
	b.Run("two-channels", func(b *testing.B) {
		b.ReportAllocs()
		there, back := make(chan int), make(chan int)
		go func() {
			for n := range there {
				back <- n
			}
		}()
		for b.Loop() {
			there <- 1
			<-back
		}
		close(there)
	})
	b.Run("goroutine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			done := make(chan int, 1)
			go func() { done <- 1 }()
			<-done
		}
	})
	b.Run("goroutine-and-timer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			done := make(chan int, 1)
			go func() { done <- 1 }()
			timer := time.NewTimer(time.Minute)
			select {
			case <-done:
			case <-timer.C:
			}
			timer.Stop()
		}
	})
}
