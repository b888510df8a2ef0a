package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc/stat: a hundredth of a second on every Linux that we build for.
const tick = 10 * time.Millisecond

// machine is where the processor time of this machine went, since it was switched on.
type machine struct {
	busy, all time.Duration // of all processors together
	ours      time.Duration // this process's, and that of its children that have ended
}

func machineNow() (machine, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return machine{}, fmt.Errorf("processor time is read from /proc: %w", err)
	}
	m, err := machineOf(string(text))
	if err != nil {
		return machine{}, err
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var use syscall.Rusage
		if err := syscall.Getrusage(who, &use); err != nil {
			return machine{}, fmt.Errorf("processor time of our own: %w", err)
		}
		m.ours += time.Duration(use.Utime.Nano() + use.Stime.Nano())
	}
	return m, nil
}

// machineOf reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user.
func machineOf(stat string) (machine, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return machine{}, errors.New("processor time: /proc/stat doesn't begin as expected")
	}
	var m machine
	for i, field := range fields[1:9] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return machine{}, fmt.Errorf("processor time: %w", err)
		}
		m.all += time.Duration(n) * tick
		if i != 3 && i != 4 {
			m.busy += time.Duration(n) * tick
		}
	}
	return m, nil
}

// othersSince is the part of all processors, 0 to 1, that others used since before.
func (m machine) othersSince(before machine) float64 {
	if m.all <= before.all {
		return 0
	}
	others := (m.busy - before.busy) - (m.ours - before.ours)
	return max(0, float64(others)/float64(m.all-before.all))
}
