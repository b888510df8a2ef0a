package main

import (
	"archive/zip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/views/components"
	"roomledger/web"
)

// verifyArgs are what the command was told.
type verifyArgs struct {
	data                string
	file, export, proof string
	trusting
}

func runVerify(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("verify", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	var a verifyArgs
	fs.StringVar(&a.file, "file", "", "a `backup` to check, instead of the database in -data")
	fs.StringVar(&a.export, "export", "", "an export as JSON lines, or an evidence pack, to check: a `file`")
	fs.StringVar(&a.proof, "proof", "", "a proof of single operations to check: a `file`")
	fs.StringVar(&a.checkpoint, "checkpoint", "", "a `file` with one or more checkpoints that were kept elsewhere, which history has to agree with")
	fs.StringVar(&a.key, "key", "", "a `file` with the public key to trust; without it this installation's own, or the one in an export")
	if code, done := parse(fs, args, s); done {
		return code
	}
	a.data = *data
	a.keyDir = envOr(getenv, "ROOMLEDGER_KEY_DIR", filepath.Join(a.data, "keys"))
	report, err := a.verify(ctx)
	if err != nil {
		return fail(s, exitUsage, err)
	}
	if err := printReport(s.out, &report, a); err != nil {
		return fail(s, exitNo, err)
	}
	if !report.Intact() {
		return exitNo
	}
	return exitFine
}

// verify checks what was named. An error means that nothing could be checked.
func (a *verifyArgs) verify(ctx context.Context) (seal.Report, error) {
	named := 0
	for _, path := range []string{a.file, a.export, a.proof} {
		if path != "" {
			named++
		}
	}
	if named > 1 {
		return seal.Report{}, errors.New("give one of -file, -export and -proof, or none to check the database in -data")
	}
	trust, err := a.trust()
	if err != nil {
		return seal.Report{}, err
	}
	switch {
	case a.file != "":
		return db.Verify(ctx, a.file, trust)
	case a.export != "":
		return verifyExport(a.export, trust)
	case a.proof != "":
		return verifyExport(a.proof, trust)
	}
	return db.Verify(ctx, filepath.Join(a.data, db.FileName), trust)
}

// trusting is what a check was told to believe.
type trusting struct {
	keyDir     string // of this installation
	key        string // file of public keys; "": the public half of this installation's
	checkpoint string // file of checkpoints that somebody kept; "": none
}

// trust reads the public keys and the checkpoints that were kept.
func (t trusting) trust() (seal.Trust, error) {
	keys, err := t.keys()
	if err != nil || t.checkpoint == "" {
		return seal.Trust{Keys: keys}, err
	}
	text, err := os.ReadFile(t.checkpoint)
	if err != nil {
		return seal.Trust{}, fmt.Errorf("-checkpoint: %w", err)
	}
	trust := seal.Trust{Keys: keys, Kept: seal.SplitNotes(text)}
	if len(trust.Kept) == 0 {
		return seal.Trust{}, fmt.Errorf("-checkpoint: %s holds none", t.checkpoint)
	}
	for _, one := range trust.Kept {
		if _, err := seal.ReadCheckpoint(one); err != nil {
			return seal.Trust{}, fmt.Errorf("-checkpoint %s: %w", t.checkpoint, err)
		}
	}
	return trust, nil
}

// keys are those in the file that was named, or else the public half of this installation's; none where it has none yet.
func (t trusting) keys() (seal.Keys, error) {
	if t.key != "" {
		text, err := os.ReadFile(t.key)
		if err != nil {
			return nil, fmt.Errorf("-key: %w", err)
		}
		keys, err := seal.ParseKeys(string(text))
		if err != nil {
			return nil, fmt.Errorf("-key %s: %w", t.key, err)
		}
		return keys, nil
	}
	key, err := web.LoadSigningKey(t.keyDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	signer, err := seal.NewSigner(key)
	if err != nil {
		return nil, err
	}
	return signer.Keys(), nil
}

// Names of files in an evidence pack.
const (
	packRows       = "rows.jsonl" // the export
	packCheckpoint = "checkpoint.txt"
)

// verifyExport checks an export, or the one in an evidence pack.
func verifyExport(path string, trust seal.Trust) (report seal.Report, err error) {
	f, err := os.Open(path)
	if err != nil {
		return seal.Report{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return seal.Report{}, err
	}
	start := make([]byte, 4)
	if n, err := f.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) || string(start[:n]) != "PK\x03\x04" {
		return seal.CheckExport(f, trust)
	}
	pack, err := zip.NewReader(f, info.Size())
	if err == nil {
		report, err = verifyPack(pack, trust)
	}
	if err != nil {
		return seal.Report{}, fmt.Errorf("%s: %w", path, err)
	}
	return report, nil
}

// verifyPack checks the rows of an evidence pack, and that its checkpoint is of them: somebody may go by that alone.
func verifyPack(pack *zip.Reader, trust seal.Trust) (seal.Report, error) {
	note, damaged := fs.ReadFile(pack, packCheckpoint)
	if damaged == nil {
		trust.Kept = append(slices.Clone(trust.Kept), string(note))
	}
	rows, err := pack.Open(packRows)
	if err != nil {
		return seal.Report{}, err
	}
	report, err := seal.CheckExport(rows, trust)
	if err := errors.Join(err, rows.Close()); err != nil { // its checksum is wrong, or it can't be unpacked
		report.Fault(0, "%s in the pack is damaged: %v", packRows, err)
	}
	if damaged != nil {
		report.Fault(0, "%s in the pack is missing or damaged: %v", packCheckpoint, damaged)
	}
	return report, nil
}

// printReport tells people what was found: altered or intact, and how far that goes.
func printReport(out io.Writer, r *seal.Report, a verifyArgs) error {
	p := printer{out: out}
	switch {
	case !r.Intact() && r.FirstBad() > 0:
		p.line("ALTERED. The first bad row is %d.", r.FirstBad())
	case !r.Intact():
		p.line("ALTERED.")
	case r.Extract:
		p.line("intact: %s", components.Plural(int(r.Rows), "row is proven", "rows are proven"))
	default:
		p.line("intact: %s", components.Plural(int(r.Rows), "row", "rows"))
	}
	for _, f := range r.Faults {
		p.line("  %s", f.Text)
	}
	if r.Full() {
		p.line("  and perhaps more: only the first %d are told", len(r.Faults))
	}
	p.line("root: %s of %d", seal.Hex(r.Root), r.Size)
	if r.Pruned > 0 {
		p.line("removed by policy: rows 1 to %d; their hashes are part of the root", r.Pruned)
	}
	printSigned(&p, r)
	printKey(&p, r, a)
	return p.err
}

func printSigned(p *printer, r *seal.Report) {
	p.line("checkpoints: %d agree, the last over %d rows", r.Checkpoints, r.Signed)
	if open := r.Size - r.Signed; open > 0 {
		p.line("not signed yet: %s after that, which whoever can write to the file could have made", components.Plural(int(open), "row", "rows"))
	}
	if r.Extract {
		p.line("these are some of the rows: whether others were left out can't be told from them")
	}
	if r.Aside > 0 {
		p.line("not compared: %s, for what was checked has no tree of that size", components.Plural(r.Aside, "kept checkpoint", "kept checkpoints"))
	}
}

func printKey(p *printer, r *seal.Report, a verifyArgs) {
	switch {
	case r.Unchecked:
		p.line("key: none was given, so that nobody knows who signed the checkpoints: give -key a file with the public key")
	case a.key != "":
		p.line("key: pinned by %s", a.key)
	case r.Pinned:
		p.line("key: pinned by this installation's own in %s", a.keyDir)
	default:
		p.line("key: not pinned: the one that came with the file was believed; give -key a file with the public key you know")
	}
}

// printer writes lines until the first error.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", args...)
	}
}
