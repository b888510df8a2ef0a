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
	return repeatFor(ctx, clients, warmUp, perTurn, do)
}

// repeatFor is repeat with other lengths.
func repeatFor(ctx context.Context, clients int, warmUp, perTurn time.Duration, do func(context.Context) error) ([]sample, error) {
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

// paced lets do begin perSecond times a second until d is over, whether or not earlier ones have ended. A latency counts from the
// moment that the schedule names: what waits because others are slow waits in the figures, too.
func paced(ctx context.Context, perSecond int, d time.Duration, do func(context.Context) error) (sample, error) {
	group, ctx := errgroup.WithContext(ctx)
	latencies := make([]time.Duration, int(d.Seconds()*float64(perSecond)))
	began := time.Now()
	for i := range latencies {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if err := until(ctx, due); err != nil {
			break
		}
		group.Go(func() error {
			err := do(ctx)
			latencies[i] = time.Since(due)
			return err
		})
	}
	err := group.Wait()
	slices.Sort(latencies)
	return sample{took: time.Since(began), latencies: latencies}, err
}

// until waits for a time, or until ctx ends.
func until(ctx context.Context, at time.Time) error {
	select {
	case <-time.After(time.Until(at)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// each reads one figure off all samples.
func each(samples []sample, figure func(sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	return values
}
