/** @file The contract for styles: what the engine thread does with adapters. Types only, plain data only. */

import type { AdapterCard, Placement } from '../src/core/adapter/learned.ts';
import type { AdapterInsight } from '../src/engine/adapter/insight.ts';
import type { AdapterProgress, AdapterStage } from '../src/engine/adapter/watch.ts';
import type { PeftLayout } from '../src/core/peft/layout.ts';

export type { AdapterProgress, AdapterStage };

/** Where an adapter's files come from: PEFT's folder, or the form that `exportAdapter` writes. */
export type AdapterSource =
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly AdapterFile[] }
  | { readonly kind: 'zip'; readonly name: string; readonly file: Blob }
  /** A folder or a zip on some host. */
  | { readonly kind: 'address'; readonly url: string }
  /** `owner/name` or `owner/name@revision` on Hugging Face. */
  | { readonly kind: 'hub'; readonly id: string };

/** One file by its path within the folder; folders above the adapter's own may stand in front. */
export interface AdapterFile {
  readonly path: string;
  readonly file: Blob;
}

/** What kind of adapter it is. */
export type AdapterKind = 'prompt' | 'prefix' | 'lora' | 'dora' | 'weights';

/** Whether an adapter can be worn on the open model; only `other` cannot. */
export interface AdapterFit {
  /** `unsure`: every tensor fits, but the names of the two bases differ or are not known. */
  readonly state: 'fits' | 'unsure' | 'other';
  /** A sentence for people; '' where it simply fits. */
  readonly reason: string;
}

/** What is known of a loaded adapter. */
export interface AdapterSummary {
  /** Made from its bytes: the same adapter has the same id in every session. */
  readonly id: string;
  readonly name: string;
  readonly kind: AdapterKind;
  /** For people: 'LoRA, rank 8, alpha 16, q_proj and v_proj of 6 layers'. */
  readonly facts: string;
  readonly parameterCount: number;
  /** Of its numbers, four bytes each; files have a card and a config beside. @unit bytes */
  readonly sizeBytes: number;
  /** Whether `AdapterChoice.scale` means anything: LoRA and DoRA. */
  readonly isScalable: boolean;
  readonly placement: Placement;
  readonly base: { readonly name: string; readonly revision: string | null };
  readonly fit: AdapterFit;
  /** Tensors of the file that found their place. */
  readonly matched: number;
  /** Keys that found none, each named. */
  readonly unmatched: readonly string[];
  /** Keys that the config asks for and the file has not. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly card: AdapterCard;
}

/** An adapter that captions are written with. */
export interface AdapterChoice {
  readonly id: string;
  /** From 0 (the base) over 1 (as learned) to 2; must be 1 for kinds that are not scalable. */
  readonly scale: number;
}

/** How an adapter is written down. */
export interface AdapterExport {
  readonly id: string;
  /** Names of which transformers; 'hf5' is ≥ 4.52. */
  readonly layout: PeftLayout;
}

/** A merge of adapters into a copy of the open model. */
export interface AdapterMerge {
  readonly adapters: readonly AdapterChoice[];
  readonly name: string;
  /** How changed weights are stored: as floats, exactly; or as the base stores them, quantised again. */
  readonly changedAs: 'float32' | 'same';
}

/** What a merged copy takes with changed weights stored either way. @unit bytes */
export interface MergeSizes {
  readonly float32: number;
  readonly same: number;
  /** How the base stores its weights, for people. */
  readonly precision: string;
}

/** Hears how far a call is; proxied by comlink. */
export type OnAdapterProgress = (progress: AdapterProgress) => void;

/**
 * What the engine thread offers for styles. `prepareAdapter` and `unloadAdapter` wait for the jobs before them; all else goes on beside captioning.
 * Calls with a `callId` may take long: they reject with 'cancelled' soon after `stopAdapterCall`, and leave nothing behind.
 */
export interface AdaptersApi {
  /** Rejects with 'file-invalid', 'file-missing', 'adapter-mismatch' (no key matches any model known here), 'network'. One for another base is loaded and has `fit.state` 'other'. */
  loadAdapter(source: AdapterSource, callId?: string, onProgress?: OnAdapterProgress): Promise<AdapterSummary>;
  /** Lays a loaded adapter out on the open model, so that wearing it costs nothing later; one of another base, or without a model, is left. */
  prepareAdapter(id: string): Promise<void>;
  stopAdapterCall(callId: string): Promise<void>;
  /** All that are loaded, each compared with the model that is open now; they stay loaded when the model changes. */
  listAdapters(): Promise<readonly AdapterSummary[]>;
  /** Lets go of an adapter and of all that it has on the device. */
  unloadAdapter(id: string): Promise<void>;
  /** Changes name and card; the id stays. */
  describeAdapter(request: { id: string; name: string; card: AdapterCard }): Promise<AdapterSummary>;
  /** Makes a copy whose strength 1 is the original's `scale`; rejects for kinds that have no scale. */
  duplicateAdapter(request: { id: string; name: string; scale: number }): Promise<AdapterSummary>;
  /** Makes one LoRA of several, each with its strength; rejects for other kinds with the reason. */
  blendAdapters(request: { adapters: readonly AdapterChoice[]; name: string }): Promise<AdapterSummary>;
  /** A zip: PEFT's folder with a card, loadable by PEFT where PEFT knows the form, and always by `loadAdapter`. */
  exportAdapter(request: AdapterExport, callId?: string, onProgress?: OnAdapterProgress): Promise<Blob>;
  /** Tells what `mergeAdapters` would write. */
  measureMerge(adapters: readonly AdapterChoice[]): Promise<MergeSizes>;
  /**
   * A whole bundle as a tar, the adapters merged into its weights; it is written to the disk row by row. Callbacks are proxied by comlink.
   * Rejects with 'storage-full' when the browser has no room for it, before anything is written, and 'cancelled'.
   */
  mergeAdapters(request: AdapterMerge, onProgress: (doneBytes: number, totalBytes: number) => void): Promise<Blob>;
  /** Ends the merge that goes on. */
  stopMerging(): Promise<void>;
  lookInside(id: string): Promise<AdapterInsight>;
}
