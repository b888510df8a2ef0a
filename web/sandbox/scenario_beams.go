package sandbox

import "cmp"

// The types of what a step can stop.
const (
	typeRecording = "recording"
	typeStream    = "stream"
)

var beamTypes = []string{typeRecording, typeStream}

func (tx *tx) stepRecord(rm *room, st step) error {
	b, err := tx.stepBeam(beamRecording, rm, st)
	if err == nil && st.Fail != "" {
		next := *b
		next.ToFail = st.Fail
		tx.beams.put(tx, &next)
	}
	return err
}

func (tx *tx) stepStream(rm *room, st step) error {
	_, err := tx.stepBeam(beamLive, rm, st)
	return err
}

// stepBeam starts a beam for the peer of a step.
func (tx *tx) stepBeam(kind string, rm *room, st step) (*beam, error) {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return nil, err
	}
	return tx.startByPeer(kind, rm, p.ID)
}

func (tx *tx) stepStop(rm *room, st step) error {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return err
	}
	kind := beamRecording
	if cmp.Or(st.Type, typeRecording) == typeStream {
		kind = beamLive
	}
	tx.stopByPeer(kind, rm, p.ID)
	return nil
}

func (tx *tx) stepKey(rm *room, _ step) error {
	_, err := tx.makeKey(rm)
	return err
}
