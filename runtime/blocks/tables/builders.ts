/** Column builders: values go in one by one, a vector comes out. The capacity is fixed; the owner cuts batches. */
import type { ColumnType } from "./columns.ts";
import type { Vector } from "./vectors.ts";

abstract class Builder {
  length = 0;
  protected readonly capacity: number;
  #nulls: Uint8Array | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  addNull(): void {
    this.#nulls ??= new Uint8Array(this.capacity);
    this.#nulls[this.length++] = 1;
  }

  /** The values so far; the builder begins again, empty. */
  take(): Vector {
    const length = this.length;
    const nulls = this.#nulls?.subarray(0, length);
    this.length = 0;
    this.#nulls = undefined;
    return this.takeValues(length, nulls);
  }

  protected abstract takeValues(length: number, nulls: Uint8Array | undefined): Vector;
}

export class Int32Builder extends Builder {
  readonly kind = "int32";
  #values: Int32Array<ArrayBuffer> | undefined;
  add(value: number): void {
    this.#values ??= new Int32Array(this.capacity);
    this.#values[this.length++] = value;
  }
  protected takeValues(length: number, nulls: Uint8Array | undefined): Vector {
    const values = (this.#values ?? new Int32Array(length)).subarray(0, length);
    this.#values = undefined;
    return { kind: "number", length, nulls, values };
  }
}

/** Doubles, and times as milliseconds since the epoch. */
export class DoubleBuilder extends Builder {
  readonly kind: "double" | "time";
  #values: Float64Array<ArrayBuffer> | undefined;
  constructor(capacity: number, kind: "double" | "time") {
    super(capacity);
    this.kind = kind;
  }
  add(value: number): void {
    this.#values ??= new Float64Array(this.capacity);
    this.#values[this.length++] = value;
  }
  protected takeValues(length: number, nulls: Uint8Array | undefined): Vector {
    const values = (this.#values ?? new Float64Array(length)).subarray(0, length);
    this.#values = undefined;
    return { kind: this.kind === "time" ? "time" : "number", length, nulls, values };
  }
}

export class BigintBuilder extends Builder {
  readonly kind = "int64";
  #values: BigInt64Array<ArrayBuffer> | undefined;
  add(value: bigint): void {
    this.#values ??= new BigInt64Array(this.capacity);
    this.#values[this.length++] = value;
  }
  protected takeValues(length: number, nulls: Uint8Array | undefined): Vector {
    const values = (this.#values ?? new BigInt64Array(length)).subarray(0, length);
    this.#values = undefined;
    return { kind: "bigint", length, nulls, values };
  }
}

export class BooleanBuilder extends Builder {
  readonly kind = "boolean";
  #values: Uint8Array<ArrayBuffer> | undefined;
  add(value: boolean): void {
    this.#values ??= new Uint8Array(this.capacity);
    this.#values[this.length++] = value ? 1 : 0;
  }
  protected takeValues(length: number, nulls: Uint8Array | undefined): Vector {
    const values = (this.#values ?? new Uint8Array(length)).subarray(0, length);
    this.#values = undefined;
    return { kind: "boolean", length, nulls, values };
  }
}

export class TextBuilder extends Builder {
  readonly kind = "text";
  #values: string[] = [];
  add(value: string): void {
    this.#values.push(value);
    this.length++;
  }
  override addNull(): void {
    this.#values.push("");
    super.addNull();
  }
  protected takeValues(length: number, nulls: Uint8Array | undefined): Vector {
    const values = this.#values;
    this.#values = [];
    return { kind: "text", length, nulls, values };
  }
}

export type ColumnBuilder = Int32Builder | DoubleBuilder | BigintBuilder | BooleanBuilder | TextBuilder;

export function columnBuilder(type: ColumnType, capacity: number): ColumnBuilder {
  switch (type) {
    case "int32":
      return new Int32Builder(capacity);
    case "double":
      return new DoubleBuilder(capacity, "double");
    case "timestamp":
    case "date":
      return new DoubleBuilder(capacity, "time");
    case "int64":
      return new BigintBuilder(capacity);
    case "boolean":
      return new BooleanBuilder(capacity);
    case "text":
      return new TextBuilder(capacity);
  }
}

/** Copies the rows [start, end) of a vector behind what the builder has. The vector is of the builder's type. */
export function copyInto(builder: ColumnBuilder, vector: Vector, start: number, end: number): void {
  for (let index = start; index < end; index++) {
    if (vector.nulls?.[index] === 1) builder.addNull();
    else if (vector.kind === "bigint") {
      if (builder.kind === "int64") builder.add(vector.values[index] ?? 0n);
    } else if (vector.kind === "text") {
      if (builder.kind === "text") builder.add(vector.values[index] ?? "");
    } else if (vector.kind === "boolean") {
      if (builder.kind === "boolean") builder.add(vector.values[index] === 1);
    } else if (builder.kind === "int32" || builder.kind === "double" || builder.kind === "time") {
      builder.add(vector.values[index] ?? 0);
    }
  }
}
