package main

import (
	"context"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// How long is measured. Others may be using the machine, and that can only make a round worse: the best one counts.
const (
	rounds  = 3
	warmUp  = time.Second
	perTurn = 2 * time.Second
)

// sample is what one round of a load came to.
type sample struct {
	took      time.Duration   // from the first request to the last answer
	latencies []time.Duration // ascending
}

// rate is answers a second.
func (s sample) rate() float64 {
	if s.took <= 0 {
		return 0
	}
	return float64(len(s.latencies)) / s.took.Seconds()
}

// percentile is the latency that p of 100 answers kept within: the nearest rank, so always one that was measured.
func (s sample) percentile(p float64) time.Duration {
	if len(s.latencies) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(s.latencies))))
	return s.latencies[min(max(rank, 1), len(s.latencies))-1]
}

// millis is a percentile in milliseconds.
func (s sample) millis(p float64) float64 { return millis(s.percentile(p)) }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// load lets clients call do one after the other until d is over. The first error ends it.
func load(ctx context.Context, clients int, d time.Duration, do func(context.Context) error) (sample, error) {
	group, ctx := errgroup.WithContext(ctx)
	each := make([][]time.Duration, clients)
	began := time.Now()
	end := began.Add(d)
	for i := range clients {
		group.Go(func() error {
			for {
				start := time.Now()
				if !start.Before(end) {
					return nil
				}
				if err := do(ctx); err != nil {
					return err
				}
				each[i] = append(each[i], time.Since(start))
			}
		})
	}
	err := group.Wait()
	s := sample{took: time.Since(began), latencies: slices.Concat(each...)}
	slices.Sort(s.latencies)
	return s, err
}

// repeat warms up, then measures the rounds.
func repeat(ctx context.Context, clients int, do func(context.Context) error) ([]sample, error) {
	if _, err := load(ctx, clients, warmUp, do); err != nil {
		return nil, err
	}
	samples := make([]sample, rounds)
	for i := range samples {
		var err error
		if samples[i], err = load(ctx, clients, perTurn, do); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// each reads one figure off all samples.
func each(samples []sample, figure func(sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	return values
}
