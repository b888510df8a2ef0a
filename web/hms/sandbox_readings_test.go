package hms_test

import (
	"maps"
	"slices"
	"testing"

	"roomledger/web/sandbox"
)

// about says which readings change what a scene sees. Those of webhooks' bodies are nothing to a client of the API, but the history and
// the replay have to go on all the same.
var about = map[string][]sandbox.Reading{
	"rooms": {
		sandbox.ReadingStrictTokens, sandbox.ReadingOneTokenText, sandbox.ReadingUnknownKeys, sandbox.ReadingNullKeeps, sandbox.ReadingUpsertResets,
		sandbox.ReadingUpsertDisabled, sandbox.ReadingEnabledOnCreate, sandbox.ReadingRenameChanges, sandbox.ReadingOwnRegion,
		sandbox.ReadingRecordingOff, sandbox.ReadingRoomByName, sandbox.ReadingReadsCredentials, sandbox.ReadingListTimes,
	},
	"room pages":    {sandbox.ReadingClampLimits, sandbox.ReadingEmptyLists},
	"room refusals": {sandbox.ReadingTextInDetails, sandbox.ReadingLargeFirst, sandbox.ReadingVendorNames},
	"codes": {
		sandbox.ReadingStrictTokens, sandbox.ReadingUnknownKeys, sandbox.ReadingCodesAgain, sandbox.ReadingCodes333, sandbox.ReadingCodesTen,
		sandbox.ReadingCodesLast, sandbox.ReadingCodesOldestFirst, sandbox.ReadingTokenAlone,
	},
	"people": {sandbox.ReadingSessionNotActive, sandbox.ReadingAbsentPeerAccepted, sandbox.ReadingRoleChangeSubmitted},
	"sessions": {
		sandbox.ReadingEmptyLists, sandbox.ReadingSessionsActiveByDefault, sandbox.ReadingSessionPeersArray, sandbox.ReadingSessionAppID,
		sandbox.ReadingSessionPeerUser, sandbox.ReadingLeftAtNull, sandbox.ReadingSessionErrorData, sandbox.ReadingStatsRunning, sandbox.ReadingStatsLayers,
	},
	"templates": {
		sandbox.ReadingTemplateNamesFold, sandbox.ReadingUpdateEmptiesAll, sandbox.ReadingOverwriteConflict, sandbox.ReadingUpdateShowsTimes,
		sandbox.ReadingTemplateSDKKeys, sandbox.ReadingTemplateCustomerID, sandbox.ReadingRoleDefaultsSamples, sandbox.ReadingRoleDefaultsLegacy,
	},
	"roles": {
		sandbox.ReadingOverwriteConflict, sandbox.ReadingRoleDefaultsSamples, sandbox.ReadingRoleDefaultsLegacy, sandbox.ReadingRolePartsReset,
		sandbox.ReadingRolesStayReferenced,
	},
	"template parts": {
		sandbox.ReadingUploadPrefixRequired, sandbox.ReadingSettingsSecretKey, sandbox.ReadingSettingsWithoutAzure, sandbox.ReadingFiveRTMPURLs,
		sandbox.ReadingRecordingsNull, sandbox.ReadingCompositeShowsEnabled,
	},
	"unknown keys": {
		sandbox.ReadingUnknownTemplateKeysDropped, sandbox.ReadingPluginsInDestinations, sandbox.ReadingTemplateSDKKeys,
		sandbox.ReadingTemplateCustomerID, sandbox.ReadingRolePartsReset, sandbox.ReadingSettingsSecretKey,
	},
	"recordings": {
		sandbox.ReadingMeetingURLDefault, sandbox.ReadingMeetingURLMandatory, sandbox.ReadingCompositeEnabled, sandbox.ReadingDestinationShown,
		sandbox.ReadingStopNothing, sandbox.ReadingAssetTypeIgnored,
	},
	"transcripts":      {sandbox.ReadingTranscriptsWhenDone, sandbox.ReadingTranscriptionFailed},
	"live streams":     {sandbox.ReadingBeamPerKind, sandbox.ReadingStopNothing, sandbox.ReadingStopWithoutError, sandbox.ReadingHLSStoppedSample},
	"external streams": {sandbox.ReadingThreeRTMPURLs, sandbox.ReadingExternalTimes, sandbox.ReadingStopNothing, sandbox.ReadingStopWithoutError},
	"stream keys":      {sandbox.ReadingKeyDisable200, sandbox.ReadingIngestFailure},
	"polls":            {sandbox.ReadingPollTypeRequired, sandbox.ReadingPollNoAppend, sandbox.ReadingPollAttachmentURLs},
	"poll answers":     {sandbox.ReadingPollSeconds, sandbox.ReadingPollResponseOptions, sandbox.ReadingEmptyLists},
	"events": {
		sandbox.ReadingAnalyticsOldest, sandbox.ReadingBeamNeedsType, sandbox.ReadingSizesAsText, sandbox.ReadingStreamTypeKey,
		sandbox.ReadingTrackNoDuration, sandbox.ReadingTrackFailureType,
	},
	"webhooks": {
		sandbox.ReadingEnvelopeWithoutApp, sandbox.ReadingEnvelopeTemplate, sandbox.ReadingPeerNotJoined, sandbox.ReadingUnlistedFailures,
		sandbox.ReadingHistorySuccess, sandbox.ReadingHistoryData, sandbox.ReadingReplayMark, sandbox.ReadingReplayPath, sandbox.ReadingReplayQuery,
		sandbox.ReadingReplayNames, sandbox.ReadingHistoryLimit, sandbox.ReadingReplayCompleted, sandbox.ReadingReplayStatus,
	},
	"sip":   {sandbox.ReadingSIPShortTrunkIDs},
	"hipaa": {sandbox.ReadingHIPAANamePrefix},
}

// exclusive are the pairs of readings that can't be combined.
var exclusive = []struct {
	one, other sandbox.Reading
	why        string
}{
	{sandbox.ReadingRoleDefaultsSamples, sandbox.ReadingRoleDefaultsLegacy, "an empty role has one set of defaults"},
	{sandbox.ReadingMeetingURLDefault, sandbox.ReadingMeetingURLMandatory, "where a page has to be sent, none is known"},
	{sandbox.ReadingReplayQuery, sandbox.ReadingReplayPath, "on a path of its own the client starts no replay, whatever it would read"},
	{sandbox.ReadingTemplateCustomerID, sandbox.ReadingUnknownTemplateKeysDropped, "what is sent back isn't seen to be kept"},
}

// TestSandboxReadingsAlone plays with each reading of the documents the scenes that it is about.
func TestSandboxReadingsAlone(t *testing.T) {
	for _, reading := range sandbox.Readings() {
		t.Run(string(reading.Name), func(t *testing.T) {
			t.Parallel()
			played := 0
			for _, s := range slices.Concat(scenes, hipaaScenes) {
				if slices.Contains(about[s.name], reading.Name) {
					t.Run(s.name, func(t *testing.T) { s.play(newAccount(t, s.options(reading.Name))) })
					played++
				}
			}
			if played == 0 {
				t.Error("no scene is about it")
			}
		})
	}
}

// TestSandboxReadingsTogether plays all scenes with all readings that go together: once with the first of each exclusive pair, once with
// the other.
func TestSandboxReadingsTogether(t *testing.T) {
	var first, second []sandbox.Reading
	for _, reading := range sandbox.Readings() {
		first, second = append(first, reading.Name), append(second, reading.Name)
	}
	for _, pair := range exclusive {
		first = slices.DeleteFunc(first, func(r sandbox.Reading) bool { return r == pair.other })
		second = slices.DeleteFunc(second, func(r sandbox.Reading) bool { return r == pair.one })
	}
	for name, all := range map[string][]sandbox.Reading{"first": first, "second": second} {
		for _, s := range slices.Concat(scenes, hipaaScenes) {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				s.play(newAccount(t, s.options(all...)))
			})
		}
	}
}

// TestSandboxScenesAreKnown: a scene that is renamed must not drop out of the readings.
func TestSandboxScenesAreKnown(t *testing.T) {
	var names []string
	for _, s := range slices.Concat(scenes, hipaaScenes) {
		names = append(names, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(about)) {
		if !slices.Contains(names, name) {
			t.Errorf("there is no scene %q", name)
		}
	}
}
