/** The keys that are being read, so that nobody reads them twice and none that changes meanwhile is kept. */
import type { Flight, Load } from "./load.ts";
import type { ReadView } from "./read-shape.ts";

/** Flights by key. */
export class FlightTable {
  readonly #flights = new Map<string, Flight>();

  /** One of the flights of a key, the others behind it. */
  first(id: string): Flight | undefined {
    return this.#flights.get(id);
  }

  add(flight: Flight): void {
    flight.next = this.#flights.get(flight.id);
    this.#flights.set(flight.id, flight);
  }

  /** They have landed, or failed. */
  removeAll(load: Load): void {
    for (const { flights } of load.parts) for (const flight of flights) this.#remove(flight);
  }

  /** A key has changed: who asks from now on has it read anew. */
  changed(id: string): void {
    const first = this.#flights.get(id);
    if (first === undefined) return;
    for (let flight: Flight | undefined = first; flight !== undefined; flight = flight.next) flight.isChanged = true;
    this.#flights.delete(id);
  }

  /** @param concerns undefined = all keys have changed */
  changedWhere(concerns: ((flight: Flight) => boolean) | undefined): void {
    for (const first of this.#flights.values()) {
      for (let flight: Flight | undefined = first; flight !== undefined; flight = flight.next) {
        if (concerns === undefined || concerns(flight)) {
          this.changed(first.id);
          break;
        }
      }
    }
  }

  #remove(flight: Flight): void {
    if (flight.isChanged) return;
    const first = this.#flights.get(flight.id);
    if (first === flight) {
      if (flight.next === undefined) this.#flights.delete(flight.id);
      else this.#flights.set(flight.id, flight.next);
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== flight) continue;
      before.next = flight.next;
      return;
    }
  }
}

/** The flight among these that brings all a view needs. */
export function flightOf(first: Flight | undefined, view: ReadView): Flight | undefined {
  for (let flight = first; flight !== undefined; flight = flight.next) if (flight.placeOf(view) >= 0) return flight;
  return undefined;
}
