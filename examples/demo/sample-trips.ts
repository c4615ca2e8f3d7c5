/**
 * A month of taxi trips that nobody took, in the form of the TLC's files: for machines without the internet, and for
 * tests. The same file name and number of rows give the same trips on every machine.
 */

export interface SampleMonth {
  readonly color: "yellow" | "green";
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly rows: number;
}

/** The file's text in pieces of some hundred lines. */
export function* sampleTrips(sample: SampleMonth): Generator<string> {
  const { color, year, month, rows } = sample;
  const random = seededRandom(`${color} ${year}-${month}`);
  yield `${headers[color].join(",")}\n`;
  const start = Date.UTC(year, month - 1, 1);
  const length = Date.UTC(year, month, 1) - start;
  let lines = "";
  for (let row = 0; row < rows; row++) {
    const trip = makeTrip(random, new Date(start + Math.floor(random() * (length / 60_000)) * 60_000), row);
    // The published files were made by different hands: January reads 01/01/2021 0:30, the others ISO.
    const time = month === 1 ? dayFirst : iso;
    lines += `${headers[color].map((name) => cell(trip[name], time)).join(",")}\n`;
    if (row % 500 === 499) {
      yield lines;
      lines = "";
    }
  }
  if (lines !== "") yield lines;
}

/** Every 50th trip has no passengers: 2 %. What the clean step has to drop can be counted by hand. */
export function samplePassengers(row: number, random: number): number | undefined {
  if (row % 50 === 49) return 0;
  return random < 0.01 ? undefined : 1 + Math.floor(random * random * 6);
}

const tripTail = ["improvement_surcharge", "total_amount", "congestion_surcharge"];
const headers: Readonly<Record<SampleMonth["color"], readonly string[]>> = {
  yellow: [
    ...["VendorID", "tpep_pickup_datetime", "tpep_dropoff_datetime", "passenger_count", "trip_distance", "RatecodeID"],
    ...["store_and_fwd_flag", "PULocationID", "DOLocationID", "payment_type", "fare_amount", "extra", "mta_tax"],
    ...["tip_amount", "tolls_amount", ...tripTail],
  ],
  green: [
    ...["VendorID", "lpep_pickup_datetime", "lpep_dropoff_datetime", "store_and_fwd_flag", "RatecodeID"],
    ...["PULocationID", "DOLocationID", "passenger_count", "trip_distance", "fare_amount", "extra", "mta_tax"],
    ...["tip_amount", "tolls_amount", "ehail_fee", "improvement_surcharge", "total_amount", "payment_type"],
    ...["trip_type", "congestion_surcharge"],
  ],
};

type Value = number | string | Date | undefined;

function makeTrip(random: () => number, pickup: Date, row: number): Readonly<Record<string, Value>> {
  const distance = Math.round(-Math.log(1 - random()) * 300) / 100;
  const minutes = 2 + Math.round(distance * (3 + random() * 4));
  const dropoff = new Date(pickup.getTime() + minutes * 60_000);
  const fare = Math.round((2.5 + distance * 2.5) * 2) / 2;
  const extra = [0, 0.5, 1][Math.floor(random() * 3)] ?? 0;
  const paidByCard = random() < 0.7;
  const tip = paidByCard ? Math.round(fare * random() * 30) / 100 : 0;
  const tolls = random() < 0.04 ? 6.12 : 0;
  const congestion = random() < 0.9 ? 2.5 : 0;
  const total = Math.round((fare + extra + 0.5 + tip + tolls + 0.3 + congestion) * 100) / 100;
  return {
    VendorID: random() < 0.35 ? 1 : 2,
    tpep_pickup_datetime: pickup,
    tpep_dropoff_datetime: dropoff,
    lpep_pickup_datetime: pickup,
    lpep_dropoff_datetime: dropoff,
    passenger_count: samplePassengers(row, random()),
    trip_distance: distance,
    RatecodeID: random() < 0.97 ? 1 : 2,
    store_and_fwd_flag: random() < 0.99 ? "N" : "Y",
    PULocationID: 1 + Math.floor(random() * 265),
    DOLocationID: 1 + Math.floor(random() * 265),
    payment_type: paidByCard ? 1 : 2,
    fare_amount: fare,
    extra,
    mta_tax: 0.5,
    tip_amount: tip,
    tolls_amount: tolls,
    ehail_fee: undefined,
    trip_type: 1,
    improvement_surcharge: 0.3,
    total_amount: total,
    congestion_surcharge: congestion,
  };
}

function cell(value: Value, time: (value: Date) => string): string {
  if (value === undefined) return "";
  return value instanceof Date ? time(value) : String(value);
}

function dayFirst(value: Date): string {
  const [date = "", clock = ""] = value.toISOString().split("T");
  const minutes = clock.slice(3, 5);
  return `${date.split("-").reverse().join("/")} ${Number(clock.slice(0, 2))}:${minutes}`;
}

function iso(value: Date): string {
  return value.toISOString().slice(0, 19).replace("T", " ");
}

/** Numbers in [0, 1) that follow from the seed alone (mulberry32 over an FNV-1a hash of the text). */
function seededRandom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
